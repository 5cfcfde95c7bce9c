package engine

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhoWatches: the observability host and the agents, on records.
func TestWhoWatches(t *testing.T) {
	c := withProduction(t)

	t.Run("each host has its programs, and Grafana only where there is one", func(t *testing.T) {
		watch := c.outputs(t, "platform")["observability"].(map[string]any)
		assert.Equal(t, map[string]any{
			"loki": "platform-loki", "prometheus": "platform-prometheus", "alertmanager": "platform-alertmanager",
			"edge": "platform-edge", "agent": "platform-agent",
		}, watch["containers"])
		containers := c.outputs(t, "production")["containers"].(map[string]any)
		assert.Equal(t, "production-agent", containers["agent"])
		assert.Equal(t, "production-metrics", containers["metrics"])
	})

	t.Run("the token goes from stack to stack and is readable in no state", func(t *testing.T) {
		r := c.Pulumi(t, "config", "get", "odooops:telemetryToken", "-s", "platform")
		require.Zero(t, r.Code, r.Stderr)
		token := r.Stdout[:len(r.Stdout)-1]
		require.Len(t, token, 32)
		for _, stack := range []string{"platform", "production"} {
			assert.NotContains(t, c.state(t, stack), token, stack)
		}
	})

	t.Run("DigitalOcean's checks are declared", func(t *testing.T) {
		counts := c.records(t)
		assert.Equal(t, 1, counts["uptime_checks"])
		assert.Equal(t, 9, counts["monitor_alerts"], "three for each of three droplets")
	})

	t.Run("a second up changes nothing, and a refresh finds no drift", func(t *testing.T) {
		for _, stack := range []string{"platform", "production"} {
			c.noChange(t, stack)
			r := c.Pulumi(t, "refresh", "-s", stack, "--yes", "--skip-preview", "--expect-no-changes", "--diff")
			require.Zero(t, r.Code, "refresh of %s finds drift:\n%s", stack, r.All())
		}
	})

	t.Run("another retention is another Loki, on the same logs", func(t *testing.T) {
		c.config(t, "platform", map[string]any{"odooops:logRetentionDays": 14})
		plan, err := json.Marshal(c.plan(t, "platform"))
		require.NoError(t, err)
		assert.Contains(t, string(plan), "Container platform-loki")
		assert.NotContains(t, string(plan), "Container platform-prometheus")
		c.Must(t, "bin/odooops", "up", "platform")
		c.noChange(t, "platform")
	})

	t.Run("without the host nobody is told to write", func(t *testing.T) {
		c.config(t, "platform", map[string]any{"odooops:protect": false})
		c.Must(t, "bin/odooops", "up", "platform")
		c.config(t, "platform", map[string]any{"odooops:observability": false})
		c.Must(t, "bin/odooops", "up", "platform")
		c.Must(t, "bin/odooops", "up", "production")
		assert.NotContains(t, c.outputs(t, "production")["containers"], "agent")
		assert.NotContains(t, c.outputs(t, "production")["containers"], "metrics")
		c.noChange(t, "production")
	})
}
