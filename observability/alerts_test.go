package observability

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/odooops/odooops/tests/realprogram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// rule is one of a rule file, of Prometheus or of Loki.
type rule struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

func rules(t *testing.T, texts map[string]string) []rule {
	t.Helper()
	var out []rule
	for name, text := range texts {
		var file struct {
			Groups []struct{ Rules []rule }
		}
		require.NoError(t, yaml.Unmarshal([]byte(text), &file), name)
		for _, g := range file.Groups {
			out = append(out, g.Rules...)
		}
	}
	require.NotEmpty(t, out)
	return out
}

func TestEachAlertHasASeverityASummaryAndARunbook(t *testing.T) {
	page, err := os.ReadFile("../docs/observability.md")
	require.NoError(t, err)
	for _, r := range append(rules(t, Alerts()), rules(t, LogAlerts())...) {
		severity := r.Labels["severity"]
		if strings.Contains(severity, "{{") {
			severity = regexp.MustCompile(`{{[^}]*}}`).ReplaceAllString(severity, "")
			assert.Equal(t, "pageticket", severity, "%s: one of the two, chosen by the kind of stack", r.Alert)
		} else {
			assert.Contains(t, []string{"page", "ticket"}, severity, "severity of %s", r.Alert)
		}
		assert.NotEmpty(t, r.Annotations["summary"], r.Alert)
		assert.Regexp(t, `^docs/runbooks/[a-z-]+\.md$`, r.Annotations["runbook"], r.Alert)
		assert.FileExists(t, filepath.Join("..", r.Annotations["runbook"]), r.Alert)
		assert.Contains(t, string(page), "| "+r.Alert+" | ", "docs/observability.md does not list it")
	}
}

// An alert without a test is one that nobody has seen fire.
func TestEachAlertIsSeenFiringAndQuiet(t *testing.T) {
	fires, quiet := map[string]bool{}, map[string]bool{}
	tests, err := filepath.Glob("alerts/tests/*.yaml")
	require.NoError(t, err)
	for _, name := range tests {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		var file struct {
			Tests []struct {
				Rules []struct {
					Alertname string
					Alerts    []any `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		require.NoError(t, yaml.Unmarshal(text, &file), name)
		for _, one := range file.Tests {
			for _, r := range one.Rules {
				fires[r.Alertname] = fires[r.Alertname] || len(r.Alerts) > 0
				quiet[r.Alertname] = quiet[r.Alertname] || len(r.Alerts) == 0
			}
		}
	}
	for _, r := range rules(t, Alerts()) {
		assert.True(t, fires[r.Alert], "no test in alerts/tests has %s firing", r.Alert)
		assert.True(t, quiet[r.Alert] || r.Alert == "Watchdog", "no test in alerts/tests has %s quiet", r.Alert)
	}
}

func TestPrometheusTakesTheRulesAndTheirTestsPass(t *testing.T) {
	files, err := filepath.Glob("alerts/*.yaml")
	require.NoError(t, err)
	tests, err := filepath.Glob("alerts/tests/*.yaml")
	require.NoError(t, err)
	assert.Len(t, tests, len(files), "a test file for each file of rules")
	promtool(t, append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, files...)...)
	promtool(t, append([]string{"test", "rules"}, tests...)...)
}

// promtool runs the one that ODOOOPS_TEST_PROMTOOL names.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	tool := realprogram.Named(t, "ODOOOPS_TEST_PROMTOOL")
	out, err := exec.Command(tool, args...).CombinedOutput()
	require.NoError(t, err, "%s %s:\n%s", tool, strings.Join(args, " "), out)
}

func TestEachMetricIsOneThatSomebodyMakes(t *testing.T) {
	known := metrics(t)
	used := map[string]bool{}
	check := func(where, expr string) {
		for _, m := range metricsIn(expr) {
			used[m] = true
			assert.Contains(t, known, m, "%s names a metric that metrics.txt does not have", where)
		}
	}
	for _, r := range rules(t, Alerts()) {
		check("alert "+r.Alert, r.Expr)
	}
	for name, text := range Dashboards() {
		d, err := parse(name, text)
		require.NoError(t, err)
		for _, a := range d.Annotations.List {
			if a.Datasource.UID == "prometheus" {
				check(name+": annotation "+a.Name, a.Expr)
			}
		}
	}
	queries, err := Queries()
	require.NoError(t, err)
	for _, q := range queries {
		if q.Datasource == "prometheus" {
			check(q.Dashboard+": "+q.Panel, q.Expr)
		}
	}
	for _, m := range known {
		assert.True(t, used[m], "%s is in metrics.txt, and nobody asks for it", m)
	}
}

func metrics(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, s := range sections(t) {
		out = append(out, s.metrics...)
	}
	return out
}

// metricsIn finds the names in PromQL: what is neither in quotes, in braces,
// in a window nor in a list of labels, and is no function and no keyword.
func metricsIn(expr string) []string {
	for _, pattern := range []string{
		`"[^"]*"`, `\{[^}]*\}`, `\[[^\]]*\]`,
		`\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)`, `\b[a-z_0-9]+\s*\(`,
	} {
		expr = regexp.MustCompile(pattern).ReplaceAllString(expr, " ")
	}
	var out []string
	for _, word := range regexp.MustCompile(`\b[A-Za-z_][A-Za-z_0-9]*\b`).FindAllString(expr, -1) {
		if !slices.Contains([]string{"and", "or", "unless", "offset", "bool", "sum", "count", "min", "max", "avg", "topk"}, word) {
			out = append(out, word)
		}
	}
	return out
}
