package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/metrics"
)

var now = time.Unix(1795323700, 0)

// written gives files the time at which the backup wrote them.
func written(t *testing.T, at time.Time) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"1.json", "2.json"} {
		text, err := os.ReadFile(filepath.Join("testdata/repositories", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), at, at))
	}
	return dir
}

func scrape(t *testing.T, e *metrics.Exporter) string {
	t.Helper()
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	return w.Body.String()
}

func exporter(dir string, log *bytes.Buffer, answers ...metrics.Answers) *metrics.Exporter {
	next := 0
	return &metrics.Exporter{
		Repositories: dir, Log: log, Now: func() time.Time { return now },
		Look: func(context.Context) metrics.Answers {
			next++
			return answers[min(next, len(answers))-1]
		},
	}
}

func healthy() metrics.Answers {
	return metrics.Answers{
		Up: map[string]bool{"postgres": true, "statements": true},
		Rows: []metrics.Row{
			{Name: "odooops_up", Label: "odoo_schema", Value: 1},
			{Name: "odooops_postgres_connections", Label: "idle", Value: 5},
			{Name: "odooops_postgres_connections_max", Value: 90},
			{Name: "odooops_mail_queue", Label: "outgoing", Value: 3},
			{Name: "odooops_cron_failures", Label: "Mail: Email Queue Manager", Value: 2},
		},
		Statements: []metrics.Statement{{ID: 1, Query: `UPDATE "res_users" SET "login" = $1 WHERE id = $2`, Seconds: 1.5}},
	}
}

func TestAScrapeGivesTheMetricsOfTheContract(t *testing.T) {
	var log bytes.Buffer
	got := scrape(t, exporter(written(t, now.Add(-20*time.Second)), &log, healthy()))
	want, err := os.ReadFile("testdata/metrics.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
	assert.Empty(t, log.String())
}

func TestWhatDashboardsAskForIsServed(t *testing.T) {
	list, err := os.ReadFile("../../observability/metrics.txt")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(list), "# odooops-metrics, beside Postgres\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n\n")
	assert.ElementsMatch(t, strings.Fields(section), metrics.Names())
}

func TestItAnswersWithoutAServer(t *testing.T) {
	var log bytes.Buffer
	down := metrics.Answers{
		Up:      map[string]bool{"postgres": false, "odoo_schema": false},
		Trouble: map[string]error{"database postgres": errors.New("connection refused")},
	}
	e := exporter(t.TempDir(), &log, down, down, healthy())
	for range 2 {
		got := scrape(t, e)
		assert.Contains(t, got, "odooops_up{part=\"postgres\"} 0\n")
		assert.NotContains(t, got, "odooops_postgres")
	}
	assert.Equal(t, "odooops-metrics: database postgres: connection refused\n", log.String(), "once")
	scrape(t, e)
	assert.Contains(t, log.String(), "odooops-metrics: database postgres: right again\n")
}

func TestAsLongAsTheBackupWritesNothingAgesGrow(t *testing.T) {
	got := scrape(t, exporter(written(t, now.Add(-10*time.Minute)), &bytes.Buffer{}, healthy()))
	assert.Contains(t, got, "odooops_repository_wal_age_seconds{repository=\"1\"} 612\n")
	assert.Contains(t, got, "odooops_repository_files_age_seconds{repository=\"2\"} 690\n")
	assert.Contains(t, got, "odooops_repository_files_age_seconds{repository=\"1\"} 0\n", "nothing waited")
}

func TestWithoutRepositoriesNothingIsSaidOfThem(t *testing.T) {
	var log bytes.Buffer
	got := scrape(t, exporter("/nowhere", &log, healthy()))
	assert.NotContains(t, got, "repository")
	assert.Empty(t, log.String())
}

func TestAFileThatIsDamagedIsNamedAndTheOthersCount(t *testing.T) {
	dir := written(t, now)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "2.json"), []byte("{"), 0o600))
	var log bytes.Buffer
	assert.Contains(t, scrape(t, exporter(dir, &log, healthy())), "odooops_repository_error{repository=\"1\"} 0\n")
	assert.Contains(t, log.String(), "2.json is not what backup-info writes")
}

func TestARowThatIsNoMetricSpoilsNoOther(t *testing.T) {
	var log bytes.Buffer
	a := healthy()
	a.Rows = append(a.Rows, metrics.Row{Name: "made_up", Value: 1})
	assert.Contains(t, scrape(t, exporter("/nowhere", &log, a)), "odooops_postgres_connections_max 90\n")
	assert.Contains(t, log.String(), "made_up")
}

func TestAServerThatIsAwayIsOneLine(t *testing.T) {
	d := metrics.Database{Host: "127.0.0.1", Port: 1, Database: "odoo", Password: "hunter2"}
	began := time.Now()
	a := d.Look(t.Context())
	assert.Less(t, time.Since(began), 4*time.Second)
	assert.Equal(t, map[string]bool{"postgres": false, "odoo_schema": false}, a.Up)
	require.Len(t, a.Trouble, 1)
	for _, err := range a.Trouble {
		assert.NotContains(t, err.Error(), "hunter2")
	}
}
