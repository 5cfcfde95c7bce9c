package edge

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func watched(t *testing.T, hostname string) dynamicFile {
	t.Helper()
	text, err := WatchArgs{
		Agents: map[string]string{"previews": Hash("b"), "agent": Hash("a")},
		Loki:   "http://loki:3100", Prometheus: "http://prometheus:9090",
		Hostname: hostname, Grafana: "http://grafana:3000", User: "ops", Password: "letmein",
	}.routes()
	require.NoError(t, err)
	assert.NotContains(t, text, "letmein")
	var d dynamicFile
	require.NoError(t, yaml.Unmarshal([]byte(text), &d))
	return d
}

func TestTelemetryIsWrittenByPOSTWithAPasswordAndNeverRead(t *testing.T) {
	d := watched(t, "")
	assert.Len(t, d.HTTP.Routers, 2)
	for name, rule := range map[string]string{
		"logs":    "Method(`POST`) && Path(`/otlp/v1/logs`)",
		"metrics": "Method(`POST`) && Path(`/api/v1/otlp/v1/metrics`)",
	} {
		assert.Equal(t, rule, d.HTTP.Routers[name].Rule)
		assert.Equal(t, []string{"agents"}, d.HTTP.Routers[name].Middlewares)
	}
	users := d.HTTP.Middlewares["agents"]["basicAuth"].(map[string]any)["users"]
	assert.Equal(t, []any{"agent:" + Hash("a"), "previews:" + Hash("b")}, users)
}

func TestGrafanaIsServedByNameBehindAPassword(t *testing.T) {
	d := watched(t, "grafana.example.com")
	assert.Equal(t, "Host(`grafana.example.com`)", d.HTTP.Routers["grafana"].Rule)
	assert.Contains(t, d.HTTP.Routers["grafana"].Middlewares, "password")
	assert.Equal(t, "http://grafana:3000", d.HTTP.Services["grafana"].LoadBalancer.Servers[0].URL)
}

func TestTelemetryFromEverybodyIsRefused(t *testing.T) {
	_, err := WatchArgs{}.routes()
	assert.ErrorContains(t, err, "no agent may write")
}

func TestOnlyTheObservabilityHostTakesTelemetry(t *testing.T) {
	conf := own("")
	text, err := render("traefik.yml", conf)
	require.NoError(t, err)
	assert.NotContains(t, text, "4318")
	conf.Ingest = true
	text, err = render("traefik.yml", conf)
	require.NoError(t, err)
	var s struct {
		EntryPoints map[string]struct{ Address string } `yaml:"entryPoints"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(text), &s))
	assert.Equal(t, ":4318", s.EntryPoints["ingest"].Address)
}
