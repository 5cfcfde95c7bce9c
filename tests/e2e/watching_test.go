package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/observability"
	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/ops/watch"
	"github.com/odooops/odooops/tests/checkout"
)

// watching is the observability host as an operator reaches it.
type watching struct {
	c       *checkout.Checkout
	address string
}

func loadWatching(t *testing.T, c *checkout.Checkout) *watching {
	t.Helper()
	var out struct{ Observability struct{ PrivateIP string } }
	r := c.Pulumi(t, "stack", "output", "-s", "platform", "--json")
	require.Zero(t, r.Code, r.All())
	checkout.Decode(t, r.Stdout, &out)
	require.NotEmpty(t, out.Observability.PrivateIP, "the platform has an observability host")
	return &watching{c: c, address: out.Observability.PrivateIP}
}

func (w *watching) ssh(command string) []string {
	return []string{"-F", ".odooops/ssh/platform/config", "ops@" + w.address, command}
}

func (w *watching) run(t *testing.T, command string) string {
	t.Helper()
	r := w.c.Run(t, "ssh", w.ssh(command)...)
	require.Zero(t, r.Code, "%s: %s", command, r.Stderr)
	return r.Stdout
}

// ask runs a script of testdata on the host, as `odooops` runs its own.
func (w *watching) ask(t *testing.T, script string, request, answer any) {
	t.Helper()
	part, err := os.ReadFile("testdata/" + script)
	require.NoError(t, err)
	line, err := json.Marshal(request)
	require.NoError(t, err)
	cmd := w.c.Command("ssh", w.ssh("sudo -n python3 -c "+hostscript.Quote(watch.Source(string(part))))...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(line, '\n')), &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s", stderr.String())
	checkout.Decode(t, stdout.String(), answer)
}

// panelAnswer is how a panel's query went.
type panelAnswer struct {
	Error string
	Rows  int
}

// panels asks all queries of all dashboards.
func (w *watching) panels(t *testing.T) ([]observability.Query, []panelAnswer) {
	t.Helper()
	queries, err := observability.Queries()
	require.NoError(t, err)
	require.NotEmpty(t, queries)
	type query struct {
		Datasource string `json:"datasource"`
		Expr       string `json:"expr"`
		Instant    bool   `json:"instant"`
	}
	host := watch.Host{Stack: "platform"}
	request := struct {
		Loki       watch.Service `json:"loki"`
		Prometheus watch.Service `json:"prometheus"`
		Queries    []query       `json:"queries"`
	}{Loki: host.Loki(), Prometheus: host.Prometheus()}
	for _, q := range queries {
		request.Queries = append(request.Queries, query{q.Datasource, q.Expr, q.Instant})
	}
	var answers []panelAnswer
	w.ask(t, "panels.py", request, &answers)
	require.Len(t, answers, len(queries))
	return queries, answers
}

// hook is where a webhook of Alertmanager's leads in these tests: into the
// network of its own container, because a machine reaches no server of this
// computer.
const hook = "http://127.0.0.1:9099/hooks/e2e"

// listen starts the receiver, which writes what comes to a file.
func (w *watching) listen(t *testing.T) {
	t.Helper()
	script, err := os.ReadFile("testdata/webhook.py")
	require.NoError(t, err)
	w.run(t, "sudo rm -f /run/e2e-hook && sudo systemd-run --collect --quiet --unit e2e-hook "+
		"nsenter --net=/proc/$(docker inspect -f '{{.State.Pid}}' platform-alertmanager)/ns/net "+
		"python3 -c "+hostscript.Quote(string(script))+" 9099 /run/e2e-hook")
	t.Cleanup(func() { w.run(t, "sudo systemctl stop e2e-hook") })
}

// mattermost is what an incoming webhook of Mattermost's takes, which is
// Slack's format.
type mattermost struct {
	Text        string
	Attachments []struct{ Title, Text, Fallback, Color string }
}

// posted are the posts that the receiver got.
func (w *watching) posted(t *testing.T) []mattermost {
	t.Helper()
	var posts []mattermost
	for line := range strings.Lines(w.run(t, "sudo cat /run/e2e-hook 2>/dev/null || true")) {
		path, body, _ := strings.Cut(line, " ")
		assert.Equal(t, "/hooks/e2e", path)
		var post mattermost
		checkout.Decode(t, body, &post)
		posts = append(posts, post)
	}
	return posts
}

// tells waits for a post whose title is this one.
func (w *watching) tells(t *testing.T, within time.Duration, title string) {
	t.Helper()
	checkout.Eventually(t, within, "a post "+title, func(context.Context) (bool, string) {
		var titles []string
		for _, post := range w.posted(t) {
			for _, a := range post.Attachments {
				if a.Title == title {
					assert.NotEmpty(t, a.Text)
					assert.NotEmpty(t, a.Fallback)
					return true, ""
				}
				titles = append(titles, a.Title)
			}
		}
		return false, strings.Join(titles, ", ")
	})
}

// firing are the alerts of a stack that `odooops status` shows.
func firing(t *testing.T, c *checkout.Checkout, stack string) map[string]map[string]any {
	t.Helper()
	var rows []struct {
		Stack  string
		Alerts []map[string]any
	}
	checkout.Decode(t, c.Run(t, "bin/odooops", "status", "--json").Stdout, &rows) // fails while something is wrong
	all := map[string]map[string]any{}
	for _, r := range rows {
		for _, a := range r.Alerts {
			if a["stack"] == stack {
				all[a["name"].(string)] = a
			}
		}
	}
	return all
}
