package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const thePack = "policypacks/odooops"

// TestPolicies: every stack of `make up` keeps to the policies, by both ways
// in, and what is wrong with the pack or its config fails the run.
func TestPolicies(t *testing.T) {
	c := newCloud(t)
	c.up(t) // which has previewed each stack while most values were unknown
	configure := func(t *testing.T, text string) {
		t.Helper()
		file := filepath.Join(c.Dir, "policies.json")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		t.Cleanup(func() { require.NoError(t, os.Remove(file)) })
	}

	for zone, stacks := range map[string][]string{"core": {"platform", "production", "staging"}, "previews": {"preview-host"}} {
		for _, stack := range stacks {
			t.Run("the plain CLI passes "+stack, func(t *testing.T) {
				r := c.Run(t, "bash", "-c", `eval "$(bin/odooops local env --zone `+zone+`)"; exec pulumi --non-interactive preview -s "$1" --policy-pack `+thePack, "sh", stack)
				require.Zero(t, r.Code, r.All())
				assert.Contains(t, r.Stdout, "odooops@v", "the pack has run")
				assert.NotContains(t, r.All(), "[advisory]", "of what is made, all is known")
			})
		}
	}

	t.Run("odooops passes each, and a preview", func(t *testing.T) {
		for _, stack := range []string{"platform", "production", "staging", "preview-host"} {
			c.Must(t, "bin/odooops", "preview", stack)
		}
		c.Must(t, "bin/odooops", "pr", "up", "--number", "1")
	})

	t.Run("odooops refuses what a policy refuses, and names it", func(t *testing.T) {
		configure(t, `{"egress-listed": {"ports": ["443"]}}`)
		r := c.Run(t, "bin/odooops", "preview", "staging")
		assert.Equal(t, 1, r.Code)
		assert.Contains(t, r.Stderr, "policy egress-listed")
		before := c.records(t)
		c.config(t, "staging", map[string]any{"odooops:volumeSizeGb": 33})
		r = c.Run(t, "bin/odooops", "up", "staging")
		assert.Equal(t, 1, r.Code)
		assert.Contains(t, r.Stderr, "policy egress-listed")
		assert.Equal(t, before, c.records(t), "nothing was made")
		c.config(t, "staging", map[string]any{"odooops:volumeSizeGb": nil})
	})

	t.Run("a policy can be taken for advice", func(t *testing.T) {
		configure(t, `{"egress-listed": {"enforcementLevel": "advisory", "ports": ["443"]}}`)
		r := c.Run(t, "bin/odooops", "preview", "staging")
		require.Zero(t, r.Code, r.All())
		assert.Contains(t, r.Stderr, "policy egress-listed")
	})

	for name, bad := range map[string]struct{ config, says string }{
		"a policy that is not there":  {`{"mail-cought": "advisory"}`, `"mail-cought", and there is no such policy`},
		"a level that is none":        {`{"mail-caught": "perhaps"}`, "perhaps"},
		"a setting that is not there": {`{"egress-listed": {"portz": ["443"]}}`, `sets "portz"`},
		"a setting of another type":   {`{"egress-listed": {"ports": "443"}}`, "ports"},
		"no JSON":                     {`{`, "policies.json"},
	} {
		t.Run("config with "+name+" is one clear error", func(t *testing.T) {
			configure(t, bad.config)
			r := c.Run(t, "bin/odooops", "preview", "production")
			assert.Equal(t, 2, r.Code, "wrong config is exit code 2")
			assert.Contains(t, r.Stderr, bad.says)
			assert.Contains(t, r.Stderr, "docs/policies.md")
			assert.Equal(t, 1, strings.Count(r.Stderr, "error:"), r.Stderr)
			r = c.Pulumi(t, "preview", "-s", "production", "--policy-pack", thePack, "--policy-pack-config", "policies.json")
			assert.NotZero(t, r.Code, "the plain CLI refuses it too")
		})
	}

	t.Run("a policy that breaks fails the run and is named", func(t *testing.T) {
		r := c.Pulumi(t, "preview", "-s", "production", "--policy-pack", thePack+"/testdata/broken")
		assert.NotZero(t, r.Code)
		assert.Contains(t, r.All(), "policy panics broke on")
	})
}
