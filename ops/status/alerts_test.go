package status

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/watch/watchtest"
)

// told is what Alertmanager 0.28 answers.
const told = `[
 {"annotations":{},"startsAt":"2026-11-22T07:00:00.000Z","labels":{"alertname":"Watchdog"},"status":{"state":"active"}},
 {"annotations":{"runbook":"docs/runbooks/disk-filling.md","summary":"the disk of h fills"},"startsAt":"2026-11-22T06:00:00.000Z",
  "labels":{"alertname":"DiskFilling","severity":"ticket","stack":"previews","host":"h"}},
 {"annotations":{"runbook":"docs/runbooks/site-down.md","summary":"production is down"},"startsAt":"2026-11-22T07:58:30.123Z",
  "labels":{"alertname":"SiteDown","severity":"page","stack":"production","kind":"production"}}]`

func alertmanager(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	ip := watchtest.Address()
	l, err := net.Listen("tcp", ip+":9093")
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(answer), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return ip
}

func TestFiringAlertsAreToldTheWorstFirst(t *testing.T) {
	ip := alertmanager(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/api/v2/alerts", r.URL.Path)
		assert.Equal(t, "false", r.URL.Query().Get("silenced"))
		_, _ = io.WriteString(w, told)
	})
	alerts, err := Firing(t.Context(), watchtest.Host(t, ip))
	require.NoError(t, err)
	assert.Equal(t, []Alert{
		{
			Name: "SiteDown", Severity: "page", Stack: "production", Since: time.Date(2026, 11, 22, 7, 58, 30, 123e6, time.UTC),
			Summary: "production is down", Runbook: "docs/runbooks/site-down.md",
		},
		{
			Name: "DiskFilling", Severity: "ticket", Stack: "previews", Since: time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC),
			Summary: "the disk of h fills", Runbook: "docs/runbooks/disk-filling.md",
		},
	}, alerts)
}

// TestAlertmanagerTellsWhatFires asks the real program, in a container of the
// image that ODOOOPS_TEST_ALERTMANAGER names.
func TestAlertmanagerTellsWhatFires(t *testing.T) {
	image := os.Getenv("ODOOOPS_TEST_ALERTMANAGER")
	if image == "" {
		t.Skip("ODOOOPS_TEST_ALERTMANAGER names no image")
	}
	docker := func(args ...string) string {
		out, err := exec.Command("docker", args...).CombinedOutput()
		require.NoError(t, err, "docker %v: %s", args, out)
		return strings.TrimSpace(string(out))
	}
	conf := filepath.Join(t.TempDir(), "alertmanager.yml")
	require.NoError(t, os.WriteFile(conf, []byte("route: {receiver: none}\nreceivers: [{name: none}]\ninhibit_rules:\n"+
		"- {source_matchers: [alertname=HostSilent], target_matchers: [alertname=SiteDown], equal: [stack]}\n"), 0o600))
	require.NoError(t, os.Chmod(conf, 0o644)) // the program is not root
	container := docker("run", "--detach", "--volume", conf+":/etc/alertmanager/alertmanager.yml:ro", image)
	t.Cleanup(func() { docker("rm", "--force", "--volumes", container) })
	ip := docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container)

	begin := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	alert := func(name, severity, stack string, ends time.Time) map[string]any {
		return map[string]any{
			"labels":      map[string]string{"alertname": name, "severity": severity, "stack": stack},
			"annotations": map[string]string{"summary": "s", "runbook": "docs/runbooks/x.md"}, "startsAt": begin, "endsAt": ends,
		}
	}
	later := time.Now().Add(time.Hour)
	body, err := json.Marshal([]any{
		alert("Watchdog", "", "", later), alert("DiskFilling", "ticket", "staging", later), alert("Over", "page", "staging", time.Now().Add(-time.Minute)),
		alert("SiteDown", "page", "production", later), alert("SiteDown", "ticket", "staging", later), alert("HostSilent", "page", "staging", later),
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		res, err := http.Post("http://"+ip+":9093/api/v2/alerts", "application/json", bytes.NewReader(body))
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, 30*time.Second, 100*time.Millisecond)
	var names []string
	require.Eventually(t, func() bool {
		alerts, err := Firing(t.Context(), watchtest.Host(t, ip))
		require.NoError(t, err)
		names = nil
		for _, a := range alerts {
			assert.Equal(t, begin, a.Since)
			assert.Equal(t, "docs/runbooks/x.md", a.Runbook)
			names = append(names, a.Severity+" "+a.Name+" "+a.Stack)
		}
		return len(names) == 3
	}, 20*time.Second, 500*time.Millisecond, "%v", &names)
	assert.Equal(t, []string{"page HostSilent staging", "page SiteDown production", "ticket DiskFilling staging"}, names,
		"no watchdog, nothing that is over, and nothing that another one explains")
}

func TestAnAlertIsInItsStacksRowOrThePlatforms(t *testing.T) {
	platform := Target{
		Stack: "platform", Kind: "platform", Exists: true,
		Droplet: func(context.Context) (string, error) { return "active", nil },
		Alerts: func(context.Context) ([]Alert, error) {
			return []Alert{{Name: "SiteDown", Stack: "production"}, {Name: "PreviewsOverBudget", Stack: "previews"}, {Name: "LokiDown"}}, nil
		},
	}
	rows := Gather(t.Context(), []Target{platform, {Stack: "production", Kind: "production"}}, now)
	assert.Equal(t, []Alert{{Name: "PreviewsOverBudget", Stack: "previews"}, {Name: "LokiDown"}}, rows[0].Alerts)
	assert.Equal(t, []Alert{{Name: "SiteDown", Stack: "production"}}, rows[1].Alerts)
	assert.Empty(t, rows[0].Problems, "somebody was told already")
}

func TestAHostThatDoesNotTellItsAlertsIsAProblemAndHoldsTheRestUpNoLonger(t *testing.T) {
	platform := Target{
		Stack: "platform", Kind: "platform", Exists: true,
		Droplet: func(context.Context) (string, error) { return "active", nil },
		Alerts: func(ctx context.Context) ([]Alert, error) {
			<-ctx.Done()
			return nil, fault.New("reach the observability host of platform", "run odooops status", ctx.Err())
		},
	}
	began := time.Now()
	r := Gather(t.Context(), []Target{platform}, now)[0]
	assert.Less(t, time.Since(began), alertsBound+time.Second)
	assert.Equal(t, []string{"alerts are not known: reach the observability host of platform: context deadline exceeded"}, r.Problems)

	refused := alertmanager(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "starting", http.StatusServiceUnavailable) })
	for address, want := range map[string]string{
		"":                  "there is no container platform-alertmanager on the host",
		watchtest.Address(): "Alertmanager does not answer: [Errno 111] Connection refused",
		refused:             "Alertmanager answers 503: starting",
	} {
		_, err := Firing(t.Context(), watchtest.Host(t, address))
		assert.ErrorContains(t, err, want)
	}
}
