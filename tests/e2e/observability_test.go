package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// logLine is what `odooops logs --json` prints.
type logLine struct {
	Time                                   time.Time
	Stack, Role, Source, Host, Level, Text string
	Fields                                 map[string]string
}

// logsOf asks for a stack's logs.
func logsOf(t *testing.T, c *checkout.Checkout, stack string, flags ...string) []logLine {
	t.Helper()
	var lines []logLine
	c.JSON(t, &lines, append([]string{"logs", stack}, flags...)...)
	return lines
}

// visits asks the site for a page that nobody asked for before, and is its path.
func (s *site) visits(t *testing.T) string {
	t.Helper()
	path := fmt.Sprintf("/e2e-%d", time.Now().UnixNano())
	res, _, err := s.request(t.Context(), http.MethodGet, s.host, path+"?secret=hidden", nil, true)
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	return path
}

// observabilitySteps are what an operator sees of environments that run, and
// of what goes wrong with them. Staging and production are there.
func observabilitySteps(t *testing.T, c *checkout.Checkout, step func(string, func(*testing.T))) *watching {
	var watch *watching
	var staging, prod *site
	step("somebody watches", func(t *testing.T) {
		watch = loadWatching(t, c)
		staging, prod = loadStaging(t, c), loadSite(t, c, "production")
	})

	step("a request is in the logs within a minute, with its figures and without its secrets", func(t *testing.T) {
		for _, s := range []*site{prod, staging} {
			path := s.visits(t)
			var found []logLine
			checkout.Eventually(t, time.Minute, path+" in the logs of "+s.stack, func(context.Context) (bool, string) {
				found = logsOf(t, c, s.stack, "--since", "5m", "--source", "odoo", "--grep", path)
				return len(found) > 0, ""
			})
			require.Len(t, found, 1, "once")
			l := found[0]
			assert.Equal(t, []string{s.stack, "odoo", "container"}, []string{l.Stack, l.Role, l.Source})
			assert.Equal(t, "404", l.Fields["status"])
			assert.Equal(t, "GET", l.Fields["method"])
			for _, name := range []string{"event", "route", "queries", "sql_seconds", "python_seconds"} {
				assert.NotEmpty(t, l.Fields[name], "%s of %+v", name, l)
			}
			assert.NotContains(t, l.Fields["route"], "e2e", "a route is a class, not a path")
		}
		for _, l := range logsOf(t, c, "production", "--since", "15m", "--limit", "0") {
			assert.NotContains(t, l.Text, "secret=hidden", "%s of %s", l.Role, l.Host)
		}
	})

	step("every kind of host and source is in the logs", func(t *testing.T) {
		for stack, roles := range map[string][]string{
			"production":   {"odoo", "postgres", "edge", "sshd"},
			"staging":      {"odoo", "postgres", "edge", "mail"},
			"preview-host": {"edge"},
			"platform":     {"edge", "loki"},
		} {
			checkout.Eventually(t, time.Minute, "sources of "+stack, func(context.Context) (bool, string) {
				var missing []string
				for _, role := range roles {
					if len(logsOf(t, c, stack, "--since", "2d", "--limit", "1", "--source", role)) == 0 {
						missing = append(missing, role)
					}
				}
				return len(missing) == 0, "nothing of " + strings.Join(missing, ", ")
			})
		}
	})

	step("who follows the logs sees a request come", func(t *testing.T) { follows(t, c, prod) })

	step("a preview's logs outlive it", func(t *testing.T) {
		const number = 31
		s := preview(t, c, number)
		path := s.visits(t)
		r := pr(t, c, "down", number)
		require.Zero(t, r.Code, r.All())
		checkout.Eventually(t, time.Minute, path+" in the logs of "+s.stack, func(context.Context) (bool, string) {
			return len(logsOf(t, c, s.stack, "--grep", path)) > 0, ""
		})
		for _, l := range logsOf(t, c, s.stack, "--limit", "0") {
			assert.Equal(t, "31", l.Fields["pr"])
		}
	})

	step("every panel's query runs, and the core ones have data", func(t *testing.T) {
		checkout.Eventually(t, 5*time.Minute, "data in the panels of core dashboards", func(context.Context) (bool, string) {
			queries, answers := watch.panels(t)
			var empty []string
			for i, q := range queries {
				require.Empty(t, answers[i].Error, "%s, %s: %s", q.Dashboard, q.Panel, q.Expr)
				if q.Data && answers[i].Rows == 0 {
					empty = append(empty, q.Dashboard+": "+q.Panel)
				}
			}
			return len(empty) == 0, strings.Join(empty, "; ")
		})
	})

	step("Odoo that is down in staging fires an alert, which is posted and ends", func(t *testing.T) {
		siteDown(t, c, watch, staging)
	})
	return watch
}

// siteDown stops Odoo of a site, and starts it again when that was told.
func siteDown(t *testing.T, c *checkout.Checkout, watch *watching, s *site) {
	t.Helper()
	r := c.Pulumi(t, "config", "set", "--secret", "odooops:alertWebhook", hook, "-s", "platform")
	require.Zero(t, r.Code, r.All())
	c.Must(t, "bin/odooops", "up", "platform")
	watch.listen(t)
	require.NotContains(t, firing(t, c, s.stack), "SiteDown")

	require.Zero(t, s.onHost(t, c, "docker stop "+s.containers["odoo"]).Code)
	began := time.Now()
	title := "Ticket: SiteDown (" + s.stack + ")"
	watch.tells(t, 5*time.Minute, title)
	t.Logf("from the outage to the post: %s", time.Since(began).Round(time.Second))
	alert := firing(t, c, s.stack)["SiteDown"]
	assert.Equal(t, "ticket", alert["severity"], "%+v", alert)
	assert.Equal(t, "docs/runbooks/site-down.md", alert["runbook"])
	assert.FileExists(t, c.Dir+"/docs/runbooks/site-down.md")
	var told []struct{ Labels map[string]string }
	checkout.Decode(t, watch.run(t, "docker exec platform-alertmanager amtool --alertmanager.url=http://127.0.0.1:9093 alert query alertname=SiteDown -o json"), &told)
	require.Len(t, told, 1, "of no other stack")
	for name, want := range map[string]string{"stack": s.stack, "kind": "staging", "severity": "ticket"} {
		assert.Equal(t, want, told[0].Labels[name], name)
	}

	require.Zero(t, s.onHost(t, c, "docker start "+s.containers["odoo"]).Code)
	s.answers(t, 2*time.Minute)
	watch.tells(t, 8*time.Minute, "Resolved: SiteDown ("+s.stack+")")
	assert.NotContains(t, firing(t, c, s.stack), "SiteDown")
}

// follows is a terminal with `odooops logs --follow` in it.
func follows(t *testing.T, c *checkout.Checkout, s *site) {
	t.Helper()
	cmd := c.Command("bin/odooops", "logs", s.stack, "--follow", "--source", "odoo", "--json")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	seen := make(chan logLine, 10000)
	go func() {
		defer close(seen)
		lines := bufio.NewScanner(stdout)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var l logLine
			if json.Unmarshal(lines.Bytes(), &l) == nil {
				seen <- l
			}
		}
	}()
	time.Sleep(5 * time.Second)
	path := s.visits(t)
	times, patience := 0, time.After(time.Minute)
	for times == 0 {
		select {
		case l, open := <-seen:
			require.True(t, open, "it ended by itself")
			if strings.Contains(l.Text, path) {
				times++
			}
		case <-patience:
			require.Fail(t, path+" does not come")
		}
	}
	time.Sleep(5 * time.Second)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	for l := range seen {
		assert.NotContains(t, l.Text, path, "once")
	}
	assert.NoError(t, cmd.Wait(), "an interrupt is its end, and no failure")
}
