package repository_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/repository"
)

// recorder is a Pulumi monitor that keeps what was declared.
type recorder struct {
	mu       sync.Mutex
	declared map[string]pulumi.MockResourceArgs // by type's last part and name
}

func (r *recorder) NewResource(a pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.Custom { // not the component
		r.declared[a.TypeToken[strings.LastIndex(a.TypeToken, ":")+1:]+" "+a.Name] = a
	}
	return a.Name + "-id", a.Inputs, nil
}

// Call answers getUser: ada is 1, bob is 2.
func (*recorder) Call(a pulumi.MockCallArgs) (resource.PropertyMap, error) {
	ids := map[string]string{"ada": "1", "bob": "2"}
	return resource.PropertyMap{"id": resource.NewStringProperty(ids[a.Args["username"].StringValue()])}, nil
}

// get is what was declared, under "Type name".
func (r *recorder) get(t *testing.T, key string) pulumi.MockResourceArgs {
	t.Helper()
	require.Contains(t, r.declared, key)
	return r.declared[key]
}

func declare(args repository.Args) (*recorder, error) {
	r := &recorder{declared: map[string]pulumi.MockResourceArgs{}}
	return r, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := repository.New(ctx, "github", args)
		return err
	}, pulumi.WithMocks("odooops", "platform", r))
}

func declared(t *testing.T, change func(*repository.Args)) *recorder {
	t.Helper()
	args := repository.Args{Repository: "acme/erp", Reviewers: []string{"ada", "bob"}}
	if change != nil {
		change(&args)
	}
	r, err := declare(args)
	require.NoError(t, err)
	return r
}

func TestProductionAndPlanWaitForAReviewerAndTheOthersDoNot(t *testing.T) {
	r := declared(t, nil)
	for _, name := range []string{"production", "plan"} {
		in := r.get(t, "RepositoryEnvironment github-"+name).Inputs
		assert.Equal(t, []any{map[string]any{"users": []any{1.0, 2.0}}}, in["reviewers"].Mappable(), name)
		assert.True(t, in["preventSelfReview"].BoolValue(), name)
		assert.False(t, in["canAdminsBypass"].BoolValue(), name)
	}
	for _, name := range []string{"core", "previews"} {
		assert.NotContains(t, r.get(t, "RepositoryEnvironment github-"+name).Inputs, resource.PropertyKey("reviewers"))
	}
}

func TestARepositoryWithoutReviewersIsRefused(t *testing.T) {
	_, err := declare(repository.Args{Repository: "acme/erp"})
	assert.ErrorContains(t, err, "githubReviewers")
}

func TestASingleReviewerIsNotLockedOut(t *testing.T) {
	r := declared(t, func(a *repository.Args) { a.Reviewers = []string{"ada"} })
	for _, name := range []string{"production", "plan"} {
		assert.False(t, r.get(t, "RepositoryEnvironment github-"+name).Inputs["preventSelfReview"].BoolValue(), name)
	}
	assert.False(t, r.get(t, "BranchProtection github-main").Inputs["enforceAdmins"].BoolValue())
}

func TestPullRequestsMayUsePreviewsAndPlanOnly(t *testing.T) {
	r := declared(t, nil)
	refs := map[string][]string{}
	for key, a := range r.declared {
		if strings.HasPrefix(key, "RepositoryEnvironmentDeploymentPolicy ") {
			environment := a.Inputs["environment"].StringValue()
			refs[environment] = append(refs[environment], a.Inputs["branchPattern"].StringValue())
		}
	}
	assert.Equal(t, []string{"main"}, refs["core"])
	assert.Equal(t, []string{"main"}, refs["production"])
	assert.Equal(t, []string{"refs/pull/*/merge"}, refs["plan"])
	assert.ElementsMatch(t, []string{"main", "refs/pull/*/merge"}, refs["previews"])
}

func TestTheBranchMovesByReviewedPullRequestsThatPassed(t *testing.T) {
	p := declared(t, nil).get(t, "BranchProtection github-main").Inputs
	assert.Equal(t, 1.0, p["requiredPullRequestReviews"].ArrayValue()[0].ObjectValue()["requiredApprovingReviewCount"].NumberValue())
	assert.Equal(t, []any{"test"}, p["requiredStatusChecks"].ArrayValue()[0].ObjectValue()["contexts"].Mappable())
	assert.True(t, p["requiredLinearHistory"].BoolValue())
	assert.True(t, p["enforceAdmins"].BoolValue())
	assert.False(t, p["allowsForcePushes"].BoolValue())
	assert.False(t, p["allowsDeletions"].BoolValue())
}

func TestSecretsCrossToTheEngineAsSecretsEvenWhenTheyCameInTheClear(t *testing.T) {
	r := declared(t, func(a *repository.Args) {
		a.Secrets = map[string]map[string]pulumi.StringInput{"previews": {"PULUMI_CONFIG_PASSPHRASE": pulumi.String("hunter2")}}
	})
	s := r.get(t, "ActionsEnvironmentSecret github-previews-pulumi-config-passphrase")
	assert.Equal(t, "previews", s.Inputs["environment"].StringValue())
	assert.Contains(t, s.RegisterRPC.GetObject().GetFields()["value"].String(), resource.SecretSig)
	assert.Contains(t, s.RegisterRPC.GetAdditionalSecretOutputs(), "value")
	for key := range r.declared {
		assert.NotContains(t, key, "hunter2")
	}
}

func TestASecretIsInNoOtherEnvironment(t *testing.T) {
	r := declared(t, func(a *repository.Args) {
		a.Secrets = map[string]map[string]pulumi.StringInput{"core": {"TOKEN": pulumi.String("x")}}
	})
	seen := 0
	for key := range r.declared {
		if strings.HasPrefix(key, "ActionsEnvironmentSecret ") {
			seen++
		}
	}
	assert.Equal(t, 1, seen)
}

func TestVariablesAreDeclaredByEnvironment(t *testing.T) {
	r := declared(t, func(a *repository.Args) {
		a.Variables = map[string]map[string]pulumi.StringInput{"previews": {"ODOOOPS_DOMAIN": pulumi.String("example.com")}}
	})
	assert.Equal(t, "example.com", r.get(t, "ActionsEnvironmentVariable github-previews-odooops-domain").Inputs["value"].StringValue())
}

func TestUnknownEnvironmentsAndImpossibleNamesAreRefused(t *testing.T) {
	for want, values := range map[string]map[string]map[string]pulumi.StringInput{
		`environment "prod"`: {"prod": {"A": pulumi.String("x")}},
		"GITHUB_":            {"core": {"GITHUB_TOKEN": pulumi.String("x")}},
		"does not begin":     {"core": {"1ST": pulumi.String("x")}},
	} {
		_, err := declare(repository.Args{Repository: "acme/erp", Reviewers: []string{"ada"}, Secrets: values})
		assert.ErrorContains(t, err, want)
	}
}

func TestARepositoryIsNamedWithItsOwner(t *testing.T) {
	for _, name := range []string{"", "erp", "acme/", "acme/erp/x", "https://github.com/acme/erp"} {
		_, err := declare(repository.Args{Repository: name, Reviewers: []string{"ada"}})
		assert.ErrorContains(t, err, "OWNER/NAME", name)
	}
}

func TestDependabotLooksAndMends(t *testing.T) {
	r := declared(t, nil)
	assert.True(t, r.get(t, "RepositoryVulnerabilityAlerts github").Inputs["enabled"].BoolValue())
	assert.True(t, r.get(t, "RepositoryDependabotSecurityUpdates github").Inputs["enabled"].BoolValue())
}

func TestTheRepositoryItselfIsNobodysUnlessAskedFor(t *testing.T) {
	assert.NotContains(t, declared(t, nil).declared, "Repository github")
}

func TestAnAdoptedRepositoryOutlivesTheStackAndKeepsItsOwnersSettings(t *testing.T) {
	r := declared(t, func(a *repository.Args) { a.SecretScanning = true })
	adopted := r.get(t, "Repository github").RegisterRPC
	assert.Equal(t, "erp", adopted.GetImportId())
	assert.True(t, adopted.GetRetainOnDelete())

	var left []string
	fields := reflect.TypeOf((*github.RepositoryArgs)(nil)).Elem()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		name = strings.ToLower(name[:1]) + name[1:]
		if name != "name" && name != "securityAndAnalysis" {
			left = append(left, name)
		}
	}
	assert.ElementsMatch(t, left, adopted.GetIgnoreChanges(), "every field that the provider knows")
}

func TestLabelsForPreviews(t *testing.T) {
	r := declared(t, nil)
	r.get(t, "IssueLabel github-preview")
	r.get(t, "IssueLabel github-no-preview")
}

func TestSecretsOfConfig(t *testing.T) {
	secrets, err := repository.SecretsOf(`{"core": {"A": "x"}, "previews": {"B": "y"}}`)
	require.NoError(t, err)
	assert.Len(t, secrets["core"], 1)
	assert.Len(t, secrets["previews"], 1)

	none, err := repository.SecretsOf("")
	require.NoError(t, err)
	assert.Empty(t, none)

	_, err = repository.SecretsOf(`{"core": "hunter2"}`)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
}
