package observability

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func odoo(stack, kind string) map[string]string {
	return map[string]string{"stack": stack, "kind": kind, "role": "odoo", "source": "container", "host": stack}
}

func kernel(stack, kind string) map[string]string {
	return map[string]string{"stack": stack, "kind": kind, "role": "kernel", "source": "journal", "host": stack}
}

func request(status, route, sql, python string) map[string]string {
	return map[string]string{
		"level": "info", "event": "request", "status": status, "method": "POST", "route": route,
		"queries": "12", "sql_seconds": sql, "python_seconds": python,
	}
}

func event(name, level string) map[string]string {
	return map[string]string{"event": name, "level": level, "cron": "Mail: Email Queue Manager"}
}

// bad is a production with everything that the rules are about.
func bad() []lines {
	production := odoo("production", "production")
	edge := map[string]string{"stack": "production", "kind": "production", "role": "edge", "source": "container", "host": "production"}
	return []lines{
		{90, "slow", production, request("200", "call_kw web_search_read", "1.500", "1.250")},
		{10, "broken", production, request("500", "/report", "0.100", "0.100")},
		{3, "Job failed", production, event("cron_failed", "error")},
		{25, "Login failed", production, event("login_failed", "info")},
		{3, "failed sending mail", production, event("mail_failed", "error")},
		{1, "Memory cgroup out of memory: Killed process 4711 (python3)", kernel("production", "production"), map[string]string{"level": "error"}},
		{50, "{}", edge, map[string]string{"event": "request", "status": "200", "router": "odoo@file", "duration_seconds": "0.25"}},
	}
}

// good is a staging with a little of each, and a production that only its
// health check asks.
func good() []lines {
	staging := odoo("staging", "staging")
	return []lines{
		{200, "quick", staging, request("200", "/web/login", "0.010", "0.020")},
		{2, "broken", staging, request("500", "/report", "0.100", "0.100")},
		{2, "Job failed", staging, event("cron_failed", "error")},
		{20, "Login failed", staging, event("login_failed", "info")},
		{2, "failed sending mail", staging, event("mail_failed", "info")},
		{1, "Out of memory is what this page is about", staging, map[string]string{"level": "info"}},
		{5, "usb 1-1: new device", kernel("staging", "staging"), map[string]string{"level": "info"}},
		{100, "health", odoo("erp", "production"), request("503", "/web/health", "0.0", "3.0")},
	}
}

func TestRulesOverLogsFireForTheirCauseOnly(t *testing.T) {
	quick := LogAlerts()
	for name, text := range quick {
		text = regexp.MustCompile(`(?m)^    interval: .*$`).ReplaceAllString(text, "    interval: 1s")
		quick[name] = regexp.MustCompile(`(?m)^        for: .*$`).ReplaceAllString(text, "        for: 0s")
	}
	l := startLoki(t, quick)
	l.push(append(bad(), good()...)...)

	var want []string
	for _, r := range rules(t, LogAlerts()) {
		want = append(want, r.Alert+" production")
	}
	slices.Sort(want)
	assert.Eventually(t, func() bool { return len(l.fired()) >= len(want) }, 60*time.Second, 500*time.Millisecond)
	time.Sleep(5 * time.Second) // and nothing else
	fired := l.fired()
	require.Equal(t, want, slices.Sorted(maps.Keys(fired)), "name and stack of what fired")

	for name, labels := range fired {
		assert.Equal(t, "production", labels["kind"], name)
		assert.Regexp(t, `^docs/runbooks/`, labels["runbook"], name)
		assert.NotContains(t, labels["summary"], "{{", name)
		assert.NotContains(t, labels["summary"], "no value", name)
	}
	assert.Equal(t, "page", fired["ErrorRatioHigh production"]["severity"])
	assert.Equal(t, "ticket", fired["LatencyHigh production"]["severity"])
	assert.Equal(t, "production", fired["OutOfMemory production"]["host"])
	assert.Equal(t, `scheduled action "Mail: Email Queue Manager" of production failed 3 times in an hour`, fired["CronErrors production"]["summary"])
	assert.Equal(t, "one request in twenty to production takes 2.75s or longer", fired["LatencyHigh production"]["summary"])
}

// Each panel's LogQL runs; those that must have data get some.
func TestLokiAnswersWhatPanelsAsk(t *testing.T) {
	queries, err := Queries()
	require.NoError(t, err)
	l := startLoki(t, nil)
	l.push(append(bad(), good()...)...)
	for _, q := range queries {
		if q.Datasource != "loki" {
			continue
		}
		n, err := l.ask(q.Expr, q.Instant)
		assert.NoError(t, err, "%s: %s: %s", q.Dashboard, q.Panel, q.Expr)
		if q.Data {
			assert.Positive(t, n, "%s: %s has no data: %s", q.Dashboard, q.Panel, q.Expr)
		}
	}
}
