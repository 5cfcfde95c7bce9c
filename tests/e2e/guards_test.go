package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// guardSteps hold what `make up` made against the policies and the gates.
func guardSteps(t *testing.T, c *checkout.Checkout, step func(string, func(*testing.T))) {
	passes := func(t *testing.T, zone, stack, flags string) {
		t.Helper()
		r := c.Run(t, "bash", "-c", `eval "$(bin/odooops local env --zone `+zone+`)"; `+
			`exec pulumi --non-interactive preview -s `+stack+` --policy-pack policypacks/odooops `+flags)
		require.Zero(t, r.Code, "%s: %s", stack, r.All())
		assert.Contains(t, r.Stdout, "odooops@v", "%s: the pack has run", stack)
		assert.NotContains(t, r.All(), "[advisory]", "%s: of what is made, all is known", stack)
		assert.NotRegexp(t, `[+~-]+ +[0-9]+ to `, r.Stdout, "%s: and the plain CLI changes nothing", stack)
	}
	step("plain pulumi passes every stack by the policy pack", func(t *testing.T) {
		for _, stack := range []string{"platform", "production", "staging"} {
			passes(t, "core", stack, "")
		}
		passes(t, "previews", "preview-host", "")
		file := filepath.Join(t.TempDir(), "preview-pr-1.yaml")
		r := c.Run(t, "bin/odooops", "pr", "config", "--number", "1")
		require.Zero(t, r.Code, r.All())
		require.NoError(t, os.WriteFile(file, []byte(r.Stdout), 0o600))
		passes(t, "previews", "preview-pr-1", "--config-file "+file)
	})
	step("gates pass production's database", func(t *testing.T) {
		for _, gate := range []string{"db-objects", "crons", "mask"} {
			r := c.Run(t, "bin/odooops", "gate", gate, "--stack", "production")
			assert.Zero(t, r.Code, "%s: %s", gate, r.All())
		}
	})
}
