package status

import (
	"context"
	"io"
	"net"
	"net/http"
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

func TestAHostThatDoesNotTellItsAlertsIsAProblemAndCostsFiveSeconds(t *testing.T) {
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
	assert.Less(t, time.Since(began), 6*time.Second)
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
