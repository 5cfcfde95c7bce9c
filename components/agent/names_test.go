package agent_test

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/odooops/odooops/tests/realprogram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What rules and dashboards call it is what Prometheus makes of what the agent
// sends: both are asked, the programs that ODOOOPS_TEST_OTELCOL and
// ODOOOPS_TEST_PROMETHEUS name.
func TestEachMetricOfTheAgentsArrivesByItsName(t *testing.T) {
	prometheus := startPrometheus(t)
	h := newHost(t)
	h.write(t, "secrets/url", prometheus)
	h.dockerRead = fakeDocker(t)
	site := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(site.Close)
	h.write(t, "secrets/site-headers.yaml", "Host: example.com\n")
	ca := h.dir + "/ca.pem"
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw}), 0o644))
	t.Setenv("SSL_CERT_FILE", ca)
	t.Setenv("AGENT_SITE_ADDRESS", strings.TrimPrefix(site.URL, "https://"))
	h.site = "example.com"
	// Prometheus takes no line, which is counted, too.
	h.container(t, strings.Repeat("a", 64), "production", "production", "odoo").say(t, "a line")
	h.start(t, append(logs, "host", "docker", "site", "previews")...)
	defer h.kill() // it listens for Docker's events

	missing := agentsMetrics(t)
	for range 60 {
		response, err := http.Get(prometheus + "/api/v1/label/__name__/values")
		require.NoError(t, err)
		var answer struct{ Data []string }
		require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
		_ = response.Body.Close()
		missing = slices.DeleteFunc(missing, func(m string) bool { return slices.Contains(answer.Data, m) })
		if len(missing) == 0 {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	assert.Empty(t, missing, "rules and dashboards ask for them, and nobody sends them")
}

// agentsMetrics are those that metrics.txt says the agent makes, and what
// docker-read tells it.
func agentsMetrics(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../observability/metrics.txt")
	require.NoError(t, err)
	var out []string
	for _, section := range strings.Split(string(text), "\n\n") {
		if !strings.HasPrefix(section, "# The agent: ") && !strings.HasPrefix(section, "# docker-read ") {
			continue
		}
		for _, line := range strings.Split(strings.TrimSpace(section), "\n") {
			if !strings.HasPrefix(line, "#") {
				out = append(out, line)
			}
		}
	}
	require.Greater(t, len(out), 20)
	return out
}

func startPrometheus(t *testing.T) string {
	t.Helper()
	prometheus := realprogram.Named(t, "ODOOOPS_TEST_PROMETHEUS")
	dir, address := t.TempDir(), "127.0.0.1:"+realprogram.Port(t)
	conf := filepath.Join(dir, "prometheus.yml")
	require.NoError(t, os.WriteFile(conf, []byte("storage: {tsdb: {out_of_order_time_window: 30m}}\n"), 0o600))
	cmd := exec.Command(prometheus, "--config.file="+conf, "--storage.tsdb.path="+dir+"/data", "--web.enable-otlp-receiver", "--web.listen-address="+address)
	realprogram.Run(t, cmd, "http://"+address+"/-/ready")
	return "http://" + address
}

// fakeDocker answers as docker-read does on the previews' host, for one
// container.
func fakeDocker(t *testing.T) string {
	t.Helper()
	id := strings.Repeat("a", 64)
	labels := `{"odooops.stack":"preview-pr-7","odooops.role":"odoo"}`
	answers := map[string]string{
		"/_ping":           "OK",
		"/version":         `{"ApiVersion":"1.44"}`,
		"/containers/json": `[{"Id":"` + id + `","Names":["/preview-pr-7-odoo"],"Image":"odoo","State":"running","Labels":` + labels + `}]`,
		"/containers/" + id + "/json": `{"Id":"` + id + `","Name":"/preview-pr-7-odoo","RestartCount":2,"Config":{"Image":"odoo","Hostname":"odoo","Labels":` + labels + `,"Env":[]},
			"State":{"Running":true,"Status":"running","StartedAt":"2026-11-22T08:00:00Z"},"HostConfig":{}}`,
		"/containers/" + id + "/stats": `{"read":"2026-11-22T09:00:01Z","preread":"2026-11-22T09:00:00Z",
			"cpu_stats":{"cpu_usage":{"total_usage":2000000},"system_cpu_usage":20000000,"online_cpus":2,"throttling_data":{"throttled_time":1}},
			"precpu_stats":{"cpu_usage":{"total_usage":1000000},"system_cpu_usage":10000000,"online_cpus":2},
			"memory_stats":{"usage":1000000,"limit":2000000,"stats":{"inactive_file":1}},
			"networks":{"eth0":{"rx_bytes":1,"tx_bytes":2}}}`,
		"/metrics": "odooops_preview_admitted_mb 1\nodooops_preview_budget_mb 2\n",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if strings.HasPrefix(path, "/v1.") {
			path = path[strings.Index(path[1:], "/")+1:]
		}
		if path == "/events" {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Api-Version", "1.44")
		w.Header().Set("Content-Type", "application/json")
		if path == "/metrics" {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		}
		_, _ = w.Write([]byte(answers[path]))
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}
