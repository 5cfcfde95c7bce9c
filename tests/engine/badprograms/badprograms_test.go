package badprograms

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/tests/checkout"
)

// TestEachBadProgramIsRefusedByExactlyItsPolicy is in two parts: with the
// mistake in sight, and with the mistake in a value that only the update knows.
func TestEachBadProgramIsRefusedByExactlyItsPolicy(t *testing.T) {
	where := newPlace(t)
	for _, p := range All() {
		t.Run(p.Policy, func(t *testing.T) {
			stack := where.open(t, p)
			seen := stack.preview(t, p.known)
			assert.Equal(t, []string{p.Policy}, seen.mandatory, "a preview refuses it: %s", seen)

			seen = stack.preview(t, p.late)
			if p.Decided {
				assert.Equal(t, []string{p.Policy}, seen.mandatory, "a preview refuses it though values are unknown: %s", seen)
				return
			}
			assert.Empty(t, seen.mandatory, "a preview does not guess: %s", seen)
			// Others may wait for the same value, and have nothing against it.
			assert.Contains(t, seen.advisory, p.Policy, "nor is it silent: %s", seen)
			seen = stack.up(t, p.late)
			assert.Equal(t, []string{p.Policy}, seen.mandatory, "the update refuses it: %s", seen)
		})
	}
}

func (p Program) known(ctx *pulumi.Context) error { return p.Run(ctx, now) }

func (p Program) late(ctx *pulumi.Context) error {
	late, err := lateFor(ctx)
	if err != nil {
		return err
	}
	return p.Run(ctx, late)
}

// place is a checkout with tools and pack, and a cloud of records.
type place struct {
	*checkout.Checkout
	env map[string]string
}

func newPlace(t *testing.T) place {
	t.Helper()
	// The tests here run one after another.
	flags := "--instance policies --ports 19990"
	c := checkout.New(t, flags)
	c.Vars = append(c.Vars, "MACHINES=none")
	c.Must(t, "scripts/tools/install")
	c.Must(t, "scripts/build")
	c.Must(t, "bin/odooops", append([]string{"local", "start", "--machines", "none"}, strings.Fields(flags)...)...)
	w := place{Checkout: c, env: map[string]string{}}
	c.JSON(t, &w.env, "local", "env")
	return w
}

// opened is a stack of one program.
type opened struct{ auto.Stack }

func (w place) open(t *testing.T, p Program) opened {
	t.Helper()
	dir := t.TempDir()
	project := "name: odooops\nruntime: go\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(project), 0o600))
	values := map[string]any{"odooops:kind": p.kind()}
	for name, value := range p.Config {
		values[name] = value
	}
	config, err := yaml.Marshal(map[string]any{"config": values})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi."+p.stack()+".yaml"), config, 0o600))
	env := maps.Clone(w.env)
	env["PULUMI_BACKEND_URL"], env["PULUMI_CONFIG_PASSPHRASE"] = "file://"+dir, "test"
	env["PULUMI_CONFIG_PASSPHRASE_FILE"] = ""
	cli, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: w.Dir})
	require.NoError(t, err)
	workspace, err := auto.NewLocalWorkspace(t.Context(), auto.WorkDir(dir), auto.EnvVars(env), auto.Pulumi(cli))
	require.NoError(t, err)
	stack, err := auto.NewStack(t.Context(), p.stack(), workspace)
	require.NoError(t, err)
	return opened{stack}
}

// verdict is what the policies said, each once.
type verdict struct {
	mandatory, advisory, corrected []string
	text                           string
}

func (v verdict) String() string { return v.text }

func (s opened) preview(t *testing.T, run pulumi.RunFunc) verdict {
	t.Helper()
	s.Workspace().SetProgram(run)
	return watch(func(ch chan<- events.EngineEvent) error {
		_, err := s.Preview(t.Context(), optpreview.EventStreams(ch), optpreview.PolicyPacks(pack(t)))
		return err
	})
}

func (s opened) up(t *testing.T, run pulumi.RunFunc) verdict {
	t.Helper()
	s.Workspace().SetProgram(run)
	return watch(func(ch chan<- events.EngineEvent) error {
		_, err := s.Up(t.Context(), optup.EventStreams(ch), optup.PolicyPacks(pack(t)))
		return err
	})
}

func pack(t *testing.T) string { return filepath.Join(checkout.Root(t), "policypacks/built") }

func watch(run func(chan<- events.EngineEvent) error) verdict {
	var v verdict
	ch, done := make(chan events.EngineEvent), make(chan struct{})
	go func() {
		defer close(done)
		for e := range ch {
			if e.PolicyEvent != nil {
				v.take(*e.PolicyEvent)
			}
			if e.PolicyRemediationEvent != nil {
				v.corrected = append(v.corrected, e.PolicyRemediationEvent.PolicyName)
			}
		}
	}()
	if err := run(ch); err != nil {
		v.text += err.Error()
	}
	<-done
	return v
}

func (v *verdict) take(e apitype.PolicyEvent) {
	list := &v.advisory
	if e.EnforcementLevel == string(apitype.Mandatory) {
		list = &v.mandatory
	}
	if !slices.Contains(*list, e.PolicyName) {
		*list = append(*list, e.PolicyName)
	}
	v.text += e.PolicyName + ": " + e.Message + "\n"
}

func TestWhatIsSafeToCorrectIsCorrectedAndUnknownTypesPass(t *testing.T) {
	stack := newPlace(t).open(t, Program{})
	seen := stack.preview(t, func(ctx *pulumi.Context) error {
		var thing pulumi.ResourceState
		if err := ctx.RegisterComponentResource("some:new:Thing", "thing", &thing); err != nil {
			return err
		}
		return container(ctx, func(a *docker.ContainerArgs) { a.LogDriver, a.LogOpts = nil, nil })
	})
	assert.Empty(t, seen.mandatory, "%s", seen)
	assert.Empty(t, seen.advisory, "%s", seen)
	assert.Equal(t, []string{"containers-limited"}, seen.corrected)
}
