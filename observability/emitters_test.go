package observability

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// section is a part of metrics.txt: who makes these.
type section struct {
	by      string
	metrics []string
}

func sections(t *testing.T) []section {
	t.Helper()
	text, err := os.ReadFile("metrics.txt")
	require.NoError(t, err)
	var out []section
	for _, part := range strings.Split(string(text), "\n\n") {
		var s section
		for _, line := range strings.Split(strings.TrimSpace(part), "\n") {
			if comment, ok := strings.CutPrefix(line, "# "); ok {
				s.by += comment + " "
			} else {
				s.metrics = append(s.metrics, line)
			}
		}
		out = append(out, s)
	}
	return out
}

// What the agent makes of others' metrics is compared by a test of its own,
// with the real program; what Prometheus, Loki and Alertmanager make of
// themselves by the panels of a platform that runs.
func TestEachMetricHasSomebodyWhoMakesIt(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		return string(text)
	}
	makers := map[string]struct{ text, before, after string }{
		"The agent: what the stack is":         {read("../components/agent/files/host.yaml"), `copy_metric(name="`, `"`},
		"odooops-metrics, beside Postgres":     {read("../ops/metrics/sample.go"), `"`, `":`},
		"Pushed once by who restores":          {read("../ops/backup/restoretest/gauges.go"), `Name: "`, `"`},
		"docker-read on the previews' host":    {read("../images/otel/dockerread/previews.go"), "# TYPE ", " gauge"},
		"The agent: ":                          {},
		"Prometheus, Loki and Alertmanager, s": {},
		"Every metric that rules":              {},
	}
	for _, s := range sections(t) {
		found := ""
		for by := range makers {
			if strings.HasPrefix(s.by, by) && len(by) > len(found) {
				found = by
			}
		}
		require.NotEmpty(t, found, "nobody knows who makes the metrics below %q", s.by)
		for _, m := range s.metrics {
			if maker := makers[found]; maker.text != "" {
				assert.True(t, strings.Contains(maker.text, maker.before+m+maker.after), "%s is in metrics.txt, and %s does not make it", m, found)
			}
		}
	}
}
