package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// TestZones is two zones of trust on one checkout: what a runner of one of
// them can and can't do, backends that are not the zone's own, and the move of
// both states into buckets.
func TestZones(t *testing.T) {
	c := newCloud(t)
	c.up(t)
	step := func(name string, f func(t *testing.T)) {
		t.Helper()
		if !t.Run(name, f) {
			t.FailNow()
		}
	}

	step("a second up of every stack changes nothing", func(t *testing.T) {
		for _, stack := range []string{"platform", "production", "staging", "preview-host"} {
			assert.Contains(t, c.Must(t, "bin/odooops", "up", stack), "no changes", stack)
		}
	})

	step("a runner of the previews works, and decrypts nothing of core", func(t *testing.T) {
		runner := c.without(t, "passphrase", "state/core")
		runner.Must(t, "bin/odooops", "pr", "up", "--number", "2")
		runner.Must(t, "bin/odooops", "pr", "down", "--number", "2")
		for _, stack := range []string{"platform", "production", "staging"} {
			r := runner.Run(t, "bin/odooops", "up", stack)
			assert.NotZero(t, r.Code)
			assert.Contains(t, r.Stderr, "passphrase of zone core")
		}

		// With the previews' passphrase, and even with core's state at hand.
		for _, stack := range []string{"platform", "production", "staging"} {
			for _, command := range []string{"config --show-secrets", "stack export --show-secrets"} {
				r := c.Shell(t, `export PULUMI_CONFIG_PASSPHRASE_FILE=$PWD/.odooops/passphrase-previews
					exec pulumi --non-interactive `+command+` -s `+stack)
				assert.NotZero(t, r.Code, "%s of %s:\n%s", command, stack, r.Stdout)
				assert.NotContains(t, r.Stdout, "PRIVATE KEY")
			}
		}
	})

	step("a runner of core works without the previews' passphrase", func(t *testing.T) {
		runner := c.without(t, "passphrase-previews", "state/previews")
		assert.Contains(t, runner.Must(t, "bin/odooops", "up", "staging"), "no changes")
		r := runner.Run(t, "bin/odooops", "up", "preview-host")
		assert.NotZero(t, r.Code)
		assert.Contains(t, r.Stderr, "passphrase of zone previews")
	})

	step("init in one zone leaves the other as it is", func(t *testing.T) {
		before := c.read(t, "Pulumi.production.yaml")
		runner := c.without(t, "passphrase", "state/core")
		assert.Contains(t, runner.Run(t, "bin/odooops", "init").Stderr, "zone core is left as it is")
		assert.Equal(t, before, c.read(t, "Pulumi.production.yaml"))
	})

	step("a backend that is not the zone's own is refused", func(t *testing.T) {
		before := c.records(t)
		empty := t.TempDir()
		foreign := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(foreign, "odooops-backend.json"),
			[]byte(`{"id":"11111111-2222-3333-4444-555555555555","zone":"core"}`), 0o600))
		previews := filepath.Join(c.Dir, ".odooops/state/previews")
		for dir, says := range map[string]string{empty: "carries no mark", foreign: "is another one", previews: "is that of zone previews"} {
			other := &checkout.Checkout{Dir: c.Dir, Vars: append(c.Vars, "PULUMI_BACKEND_URL=file://"+dir)}
			r := other.Run(t, "bin/odooops", "up", "production")
			assert.NotZero(t, r.Code)
			assert.Contains(t, r.Stderr, says)
		}
		assert.Equal(t, before, c.records(t), "nothing was made")
	})

	step("what others stand on is not destroyed", func(t *testing.T) {
		for stack, says := range map[string]string{
			"platform": "production", "preview-host": "odooops pr down --number 1", "staging": "--confirm staging",
		} {
			r := c.Run(t, "bin/odooops", "destroy", stack)
			assert.Equal(t, 1, r.Code)
			assert.Contains(t, r.Stderr, says)
		}
	})

	bucketSteps(t, c, step)

	step("the machines of staging and of the previews are replaced under their data", func(t *testing.T) {
		for _, stack := range []string{"staging", "preview-host"} {
			before := c.zoneState(t, stack, "volumeId")
			c.Must(t, "bin/odooops", "host", "replace", stack)
			assert.Equal(t, before, c.zoneState(t, stack, "volumeId"), "the volume of %s", stack)
			assert.Contains(t, c.Must(t, "bin/odooops", "up", stack), "no changes")
		}
	})
}

// without is the checkout as a runner has it that lacks some private files.
// They are back at the end of the step.
func (c cloud) without(t *testing.T, names ...string) *checkout.Checkout {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(c.Dir, ".odooops", name)
		require.NoError(t, os.Rename(path, path+".away"))
		t.Cleanup(func() {
			require.NoError(t, os.RemoveAll(path)) // an empty one may have been made
			require.NoError(t, os.Rename(path+".away", path))
		})
	}
	return c.Checkout
}

func (c cloud) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.Dir, name))
	require.NoError(t, err)
	return string(text)
}

// inZone runs the plain CLI with a zone's environment.
func (c cloud) inZone(t *testing.T, zone, script string) checkout.Result {
	t.Helper()
	return c.Run(t, "bash", "-c", `eval "$(bin/odooops local env --zone `+zone+`)"; `+script)
}

// zoneState is one output of a stack of either zone.
func (c cloud) zoneState(t *testing.T, stack, output string) string {
	t.Helper()
	zone := "core"
	if strings.HasPrefix(stack, "preview") {
		zone = "previews"
	}
	r := c.inZone(t, zone, "pulumi stack output "+output+" -s "+stack)
	require.Zero(t, r.Code, r.All())
	return strings.TrimSpace(r.Stdout)
}
