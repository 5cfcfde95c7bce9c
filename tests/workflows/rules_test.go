package workflows

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

const root = "../.."

// everyJob runs a check on each job of the repository's workflows.
func everyJob(t *testing.T, check func(t *testing.T, w Workflow, j Job)) {
	t.Helper()
	all, err := All(root)
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for file, w := range all {
		for name, j := range w.Jobs {
			t.Run(file+"/"+name, func(t *testing.T) { check(t, w, j) })
		}
	}
}

// secretive says whether a job is handed a secret.
func secretive(j Job) bool {
	for _, s := range j.Steps {
		for _, v := range s.Env {
			if strings.Contains(v, "secrets.") {
				return true
			}
		}
	}
	return false
}

// plans says whether a job previews stacks: it runs a pull request's code, with
// what opens a zone, and changes nothing.
func plans(j Job) bool {
	for _, s := range j.Steps {
		if strings.HasPrefix(s.Run, "bin/odooops preview ") {
			return true
		}
	}
	return false
}

func TestNoWorkflowRunsAPullRequestsCodeWithTheRepositorysRights(t *testing.T) {
	all, err := All(root)
	require.NoError(t, err)
	for file, w := range all {
		for _, event := range []string{"pull_request_target", "workflow_run", "issue_comment"} {
			assert.NotContains(t, w.On.Events, event, file)
		}
	}
}

func TestPermissionsAreNamed(t *testing.T) {
	everyJob(t, func(t *testing.T, w Workflow, j Job) {
		require.NotNil(t, w.Permissions, "without the key a workflow may have them all")
		for scope, access := range w.Permissions {
			assert.Equal(t, "read", access, scope)
		}
		for scope, access := range j.Permissions {
			if access == "write" {
				assert.Equal(t, "pull-requests", scope, "the one comment is all that a job writes")
			}
		}
	})
}

func TestEveryJobEndsAndTakesTurns(t *testing.T) {
	everyJob(t, func(t *testing.T, w Workflow, j Job) {
		assert.Positive(t, j.Timeout, "timeout-minutes")
		turns := j.Concurrency
		if turns == nil {
			turns = w.Concurrency
		}
		require.NotNil(t, turns, "concurrency")
		if secretive(j) && !plans(j) {
			assert.False(t, turns.Cancel, "a run that changes the cloud is never cut off by the next")
		}
	})
}

func TestUpAndDownOfOnePullRequestTakeTurns(t *testing.T) {
	all, err := All(root)
	require.NoError(t, err)
	up, down := all["preview-env-deploy.yml"].Jobs["deploy"], all["preview-env-cleanup.yml"].Jobs["cleanup"]
	assert.Contains(t, up.Concurrency.Group, "github.event.pull_request.number")
	assert.Equal(t, up.Concurrency.Group, down.Concurrency.Group)
}

// pinned is an action by commit, with its version behind it for people.
var pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)

func TestActionsArePinnedByCommit(t *testing.T) {
	everyJob(t, func(t *testing.T, _ Workflow, j Job) {
		for _, s := range j.Steps {
			if s.Uses != "" {
				assert.Regexp(t, pinned, s.Uses)
			}
		}
	})
}

// oneCommand is ours, and its variables stand in quotes.
var oneCommand = regexp.MustCompile(`^(bin/odooops|make)( [\w./=-]+| "([\w-]+=)?\$[A-Z]+")+$`)

func TestAStepIsOneCommandOfTheProject(t *testing.T) {
	everyJob(t, func(t *testing.T, _ Workflow, j Job) {
		for _, s := range j.Steps {
			if s.Run == "" {
				continue
			}
			command := strings.TrimPrefix(s.Run, `sudo env "PATH=$PATH" `)
			assert.Regexp(t, oneCommand, command)
			assert.NotContains(t, s.Run, "${{", "what an event says goes through env, or it is run")
		}
	})
}

func TestSecretsAreAnEnvironmentsAndReachOnlyTheStepThatNeedsThem(t *testing.T) {
	everyJob(t, func(t *testing.T, _ Workflow, j Job) {
		if !secretive(j) {
			return
		}
		assert.NotEmpty(t, j.Environment)
		for _, s := range j.Steps {
			if s.Env != nil {
				assert.True(t, strings.HasPrefix(s.Run, "bin/odooops "), "%q has an environment", s.Run)
			}
		}
	})
}

func TestJobsWithSecretsRunTheMainBranchAndNoCacheOfAPullRequests(t *testing.T) {
	everyJob(t, func(t *testing.T, _ Workflow, j Job) {
		if !secretive(j) {
			return
		}
		ref := "main"
		if plans(j) {
			ref = "${{ github.sha }}" // the commit that was approved
		}
		checkouts := 0
		for _, s := range j.Steps {
			switch action, _, _ := strings.Cut(s.Uses, "@"); action {
			case "actions/checkout":
				checkouts++
				assert.Equal(t, ref, s.With["ref"])
				assert.Equal(t, false, s.With["persist-credentials"])
			case "actions/setup-go":
				assert.Equal(t, false, s.With["cache"])
			}
		}
		assert.Equal(t, 1, checkouts)
	})
}

func TestJobsOfPullRequestsRefuseForks(t *testing.T) {
	all, err := All(root)
	require.NoError(t, err)
	for _, file := range []string{"preview-env-deploy.yml", "preview-env-cleanup.yml"} {
		for name, j := range all[file].Jobs {
			assert.Contains(t, j.If, "github.event.pull_request.head.repo.full_name == github.repository", "%s/%s", file, name)
			assert.Contains(t, j.If, "github.event_name == 'pull_request'", "%s/%s", file, name)
			assert.Equal(t, "previews", j.Environment)
		}
	}
}

func TestAPullRequestSuppliesANumberAndAnImageOnly(t *testing.T) {
	all, err := All(root)
	require.NoError(t, err)
	inputs := all["preview-env-deploy.yml"].On.Call.Inputs
	assert.Len(t, inputs, 1)
	assert.Contains(t, inputs, "image")
	assert.Empty(t, all["preview-env-cleanup.yml"].On.Call.Inputs)
	for _, file := range []string{"preview-env-deploy.yml", "preview-env-cleanup.yml"} {
		for _, j := range all[file].Jobs {
			for _, s := range j.Steps {
				for name, v := range s.Env {
					for _, free := range []string{"title", "body", "head.ref", "head_ref"} {
						assert.NotContains(t, v, free, "%s is the author's to choose", name)
					}
				}
			}
		}
	}
}

// TestTheExamplesCallWhatIsThere reads docs/ci.md.
func TestTheExamplesCallWhatIsThere(t *testing.T) {
	all, err := All(root)
	require.NoError(t, err)
	examples, err := Examples(root + "/docs/ci.md")
	require.NoError(t, err)
	called := map[string]bool{}
	for _, w := range examples {
		require.NotNil(t, w.Permissions, w.Name)
		assert.NotContains(t, w.On.Events, "pull_request_target")
		for name, j := range w.Jobs {
			if j.Uses == "" {
				continue
			}
			ref, at, _ := strings.Cut(j.Uses, "@")
			assert.Equal(t, "main", at, name)
			file := path.Base(ref)
			require.Contains(t, all, file)
			called[file] = true
			call := all[file].On.Call
			require.NotNil(t, call, file)
			checkCall(t, file, call, j)
			for _, callee := range all[file].Jobs {
				for scope, access := range callee.Permissions {
					assert.Equal(t, access, j.Permissions[scope], "%s needs %s: %s from its caller", file, scope, access)
				}
			}
		}
	}
	assert.Len(t, called, 5, "an example of each")
}

func checkCall(t *testing.T, file string, call *Call, j Job) {
	t.Helper()
	for input := range j.With {
		assert.Contains(t, call.Inputs, input, file)
	}
	for input, of := range call.Inputs {
		if of.Required {
			assert.Contains(t, j.With, input, file)
		}
	}
	require.Equal(t, yaml.MappingNode, j.Secrets.Kind, "%s: named, for `inherit` hands over all there are", file)
	var handed map[string]string
	require.NoError(t, j.Secrets.Decode(&handed))
	for name, value := range handed {
		assert.Contains(t, call.Secrets, name, file)
		assert.Equal(t, "${{ secrets."+name+" }}", value)
	}
	for name, of := range call.Secrets {
		if of.Required {
			assert.Contains(t, handed, name, file)
		}
	}
}

var namedSecret = regexp.MustCompile(`secrets\.([A-Z_]+)`)

// TestTheTableOfSecretsIsComplete: docs/ci.md says which job holds which.
func TestTheTableOfSecretsIsComplete(t *testing.T) {
	page, err := os.ReadFile(root + "/docs/ci.md")
	require.NoError(t, err)
	everyJob(t, func(t *testing.T, _ Workflow, j Job) {
		for _, m := range namedSecret.FindAllStringSubmatch(fmt.Sprint(j.Steps), -1) {
			assert.Contains(t, string(page), "| `"+m[1]+"` |")
		}
	})
}
