package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStagingAndPreviewsComeAndGo is what is not production, from nothing to
// nothing, on records: nothing drifts, and nothing is left.
func TestStagingAndPreviewsComeAndGo(t *testing.T) {
	c := previews(t)
	withoutStaging := c.records(t)
	c.Must(t, "bin/odooops", "up", "staging")
	// clean asks the plain CLI of a zone: the state says what is there, and
	// the program would change nothing.
	clean := func(t *testing.T, zone, stack string) {
		t.Helper()
		r := c.inZone(t, zone, "exec pulumi --non-interactive refresh --yes --skip-preview --expect-no-changes --diff -s "+stack)
		require.Zero(t, r.Code, "refresh of %s finds drift:\n%s", stack, r.All())
	}

	t.Run("a second up changes nothing and a refresh finds no drift", func(t *testing.T) {
		for stack, zone := range map[string]string{"staging": "core", "preview-host": "previews"} {
			assert.Contains(t, c.Must(t, "bin/odooops", "up", stack), "no changes")
			clean(t, zone, stack)
			r := c.inZone(t, zone, "exec pulumi --non-interactive preview --expect-no-changes --diff -s "+stack)
			assert.Zero(t, r.Code, r.All())
		}
	})

	t.Run("a list of hosts puts a proxy beside staging's Odoo, and an empty one takes it away", func(t *testing.T) {
		before := c.records(t)
		c.config(t, "staging", map[string]any{"odooops:egressAllow": []string{"api.example.org"}})
		assert.Contains(t, c.plan(t, "staging"), "create Container staging-egress")
		c.Must(t, "bin/odooops", "up", "staging")
		clean(t, "core", "staging")
		c.config(t, "staging", map[string]any{"odooops:egressAllow": nil})
		c.Must(t, "bin/odooops", "up", "staging")
		assert.Equal(t, before, c.records(t))
	})

	t.Run("who may come in replaces the edge and nothing else", func(t *testing.T) {
		c.config(t, "staging", map[string]any{"odooops:allowCidrs": []string{"203.0.113.0/24"}})
		for _, step := range c.plan(t, "staging") {
			assert.Contains(t, step, "Container staging-edge")
		}
		c.config(t, "staging", map[string]any{"odooops:allowCidrs": nil})
	})

	t.Run("previews of every kind leave nothing", func(t *testing.T) {
		before := c.records(t)
		for number, flags := range map[int][]string{
			31: nil,
			32: {"--data", "demo"},
			33: {"--placement", "dedicated"},
			34: {"--test"},
		} {
			c.prUp(t, number, flags...)
			assert.Zero(t, c.prUp(t, number, flags...).Changed, "%v: a second up changes nothing", flags)
		}
		for number := 31; number <= 34; number++ {
			c.prDown(t, number)
		}
		assert.Equal(t, before, c.records(t))
	})

	t.Run("staging goes whole", func(t *testing.T) {
		c.Must(t, "bin/odooops", "destroy", "staging", "--confirm", "staging")
		assert.Equal(t, withoutStaging, c.records(t))
	})
}
