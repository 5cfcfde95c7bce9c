package agent_test

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/odooops/odooops/components/agent"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/hostdocker/hostdockertest"
)

// declare declares the agent of production.
func declare(change func(*agent.Args)) (*hostdockertest.Recorder, error) {
	r := &hostdockertest.Recorder{}
	return r, pulumi.RunErr(func(ctx *pulumi.Context) error {
		d, err := hostdocker.New(ctx, "production", hostdocker.Args{
			Stack: "production", HostID: pulumi.String("42"), Address: pulumi.String("ssh://ops@10.20.0.3"),
		})
		if err != nil {
			return err
		}
		out, err := d.Network(ctx, "telemetry", false)
		if err != nil {
			return err
		}
		secret := func(text string) pulumi.StringInput {
			return pulumi.ToSecret(pulumi.String(text)).(pulumi.StringOutput)
		}
		args := agent.Args{
			Docker: d, Image: "odooops/otel@sha256:1", Stack: "production", Kind: "production", Host: "production",
			DataDir: "/data/production/agent", URL: pulumi.String("http://10.20.0.9:4318"), User: "agent", Token: secret("hunter2"),
			Out:      out,
			Site:     &agent.Site{Hostname: "odoo.example.com", Address: "production-edge", User: "staging", Password: secret("letmein")},
			Exporter: true,
			Info:     agent.Info{Image: "odoo@sha256:2", Version: "19.0", Expires: "2026-12-01T00:00:00Z"},
		}
		if change != nil {
			change(&args)
		}
		_, err = agent.New(ctx, "production", args)
		return err
	}, pulumi.WithMocks("odooops", "production", r))
}

func declared(t *testing.T, change func(*agent.Args)) *hostdockertest.Recorder {
	t.Helper()
	r, err := declare(change)
	require.NoError(t, err)
	return r
}

// uploads are a container's files by path.
func uploads(t *testing.T, c pulumi.MockResourceArgs) map[string]string {
	t.Helper()
	require.True(t, c.Inputs["uploads"].IsSecret() || c.Inputs["uploads"].IsArray())
	list := c.Inputs["uploads"]
	if list.IsSecret() {
		list = list.SecretValue().Element
	}
	out := map[string]string{}
	for _, f := range list.ArrayValue() {
		content := f.ObjectValue()["content"]
		if content.IsSecret() {
			content = content.SecretValue().Element
		}
		out[f.ObjectValue()["file"].StringValue()] = content.StringValue()
	}
	return out
}

func TestTheAgentCanDoNothingToItsHost(t *testing.T) {
	c := declared(t, nil).Containers["production-agent"].Inputs
	assert.Empty(t, c["capabilities"].ObjectValue()["adds"].ArrayValue())
	writable := []string{}
	for _, m := range c["volumes"].ArrayValue() {
		path := m.ObjectValue()["hostPath"].StringValue()
		assert.NotContains(t, path, "docker.sock")
		assert.NotEqual(t, "/", path)
		if !m.ObjectValue()["readOnly"].IsBool() {
			writable = append(writable, path)
		}
	}
	assert.Equal(t, []string{"/data/production/agent"}, writable)
	assert.NotContains(t, c, resource.PropertyKey("ports"))
	assert.Equal(t, 200.0, c["memory"].NumberValue())
	assert.Equal(t, 50000.0, c["cpuQuota"].NumberValue())
}

func TestDockersSocketIsOnlyTheReadersAndNobodyElseReachesIt(t *testing.T) {
	r := declared(t, nil)
	reader := r.Containers["production-docker-read"].Inputs
	networks := reader["networksAdvanced"].ArrayValue()
	require.Len(t, networks, 1)
	assert.Equal(t, "production-docker-read", networks[0].ObjectValue()["name"].StringValue())
	assert.Empty(t, reader["capabilities"].ObjectValue()["adds"].ArrayValue())
	assert.NotContains(t, reader, resource.PropertyKey("ports"))
}

func TestOnlyThePreviewsHostHasItsPlacesCounted(t *testing.T) {
	r := declared(t, func(a *agent.Args) { a.PreviewBudgetMB = 6104 })
	reader := r.Containers["production-docker-read"].Inputs
	assert.Contains(t, reader["envs"].String(), "PREVIEW_BUDGET_MB=6104")
	places := reader["volumes"].ArrayValue()[1].ObjectValue()
	assert.Equal(t, "/data/previews/admitted", places["hostPath"].StringValue())
	assert.True(t, places["readOnly"].BoolValue())
	assert.Contains(t, uploads(t, r.Containers["production-agent"]), "/etc/otelcol/previews.yaml")

	other := declared(t, nil)
	assert.Len(t, other.Containers["production-docker-read"].Inputs["volumes"].ArrayValue(), 1)
	assert.NotContains(t, uploads(t, other.Containers["production-agent"]), "/etc/otelcol/previews.yaml")
}

func TestThePriceOfTheDropletsIsTheAgentsToTell(t *testing.T) {
	for want, price := range map[string]pulumi.Float64Input{"0": nil, "24.5": pulumi.Float64(24.5)} {
		c := declared(t, func(a *agent.Args) { a.Info.MonthlyDollars = price }).Containers["production-agent"]
		assert.Equal(t, want, uploads(t, c)["/run/odooops/agent/dollars"])
	}
}

func TestSecretsAreInFilesOfTheirOwnAndInNothingElse(t *testing.T) {
	c := declared(t, nil).Containers["production-agent"]
	files := uploads(t, c)
	login := base64.StdEncoding.EncodeToString([]byte("agent:hunter2"))
	assert.Equal(t, login, files["/run/odooops/agent/login"])
	assert.Equal(t, "http://10.20.0.9:4318", files["/run/odooops/agent/url"])
	var headers map[string]string
	require.NoError(t, yaml.Unmarshal([]byte(files["/run/odooops/agent/site-headers.yaml"]), &headers))
	assert.Equal(t, map[string]string{
		"Host":          "odoo.example.com",
		"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("staging:letmein")),
	}, headers)
	fields := c.RegisterRPC.GetObject().GetFields()
	assert.Contains(t, fields["uploads"].String(), resource.SecretSig)
	for name, f := range fields {
		if name != "uploads" {
			for _, secret := range []string{"hunter2", "letmein", login} {
				assert.NotContains(t, f.String(), secret, name)
			}
		}
	}
}

func TestOnlyWhatThereIsIsAsked(t *testing.T) {
	all := uploads(t, declared(t, nil).Containers["production-agent"])
	for _, part := range []string{"base", "logs", "parse", "redact", "host", "docker", "site", "exporter"} {
		assert.Contains(t, all, "/etc/otelcol/"+part+".yaml")
	}
	c := declared(t, func(a *agent.Args) { a.Site, a.Exporter = nil, false }).Containers["production-agent"]
	few := uploads(t, c)
	for _, part := range []string{"site", "exporter"} {
		assert.NotContains(t, few, "/etc/otelcol/"+part+".yaml")
		assert.NotContains(t, c.Inputs["command"].String(), part+".yaml")
	}
	assert.Contains(t, c.Inputs["command"].String(), "--feature-gates=stanza.synchronousLogEmitter")
}

func TestEveryVariableOfTheConfigurationIsSetAndEveryFileUploaded(t *testing.T) {
	c := declared(t, nil).Containers["production-agent"]
	files := uploads(t, c)
	for path, text := range files {
		for _, reference := range strings.Split(text, "${")[1:] {
			reference, _, _ = strings.Cut(reference, "}")
			kind, name, _ := strings.Cut(reference, ":")
			if kind == "env" {
				assert.Contains(t, c.Inputs["envs"].String(), "{"+name+"=", path)
			} else {
				assert.Contains(t, files, name, path)
			}
		}
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for want, change := range map[string]func(*agent.Args){
		"a token":             func(a *agent.Args) { a.Token = nil },
		"a way out":           func(a *agent.Args) { a.Out = nil },
		"a directory":         func(a *agent.Args) { a.DataDir = "" },
		"password go":         func(a *agent.Args) { a.Site.Password = nil },
		"the expiry: parsing": func(a *agent.Args) { a.Info.Expires = "tomorrow" },
	} {
		_, err := declare(change)
		assert.ErrorContains(t, err, want)
	}
}

func TestNoFileOfTheConfigurationHoldsWhatItsListsWouldReplace(t *testing.T) {
	// The program merges maps and replaces lists: a pipeline may be in one file.
	seen := map[string]string{}
	entries, err := os.ReadDir("files")
	require.NoError(t, err)
	for _, e := range entries {
		text, err := os.ReadFile("files/" + e.Name())
		require.NoError(t, err)
		var part struct {
			Service struct{ Pipelines map[string]any }
		}
		require.NoError(t, yaml.Unmarshal(text, &part), e.Name())
		for pipeline := range part.Service.Pipelines {
			assert.Empty(t, seen[pipeline], pipeline)
			seen[pipeline] = e.Name()
		}
	}
	assert.NotEmpty(t, seen)
}
