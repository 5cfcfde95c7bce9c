package agent_test

import (
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/odooops/odooops/tests/realprogram"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// line is a line of a log as it arrived, and point a point of a metric.
type line struct {
	body               string
	at                 time.Time
	labels, attributes map[string]any
}

type point struct {
	name       string
	value      float64
	attributes map[string]any
}

// receiver stands for the observability host.
type receiver struct {
	address string
	mu      sync.Mutex
	server  *http.Server
	lines   []line
	points  []point
	raw     strings.Builder
	// few counts the lines of a storm instead of keeping them.
	few    bool
	storm  int
	logins map[string]bool
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{logins: map[string]bool{}, address: "127.0.0.1:0"}
	r.up(t)
	t.Cleanup(r.down)
	return r
}

func (r *receiver) up(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", r.address)
	require.NoError(t, err)
	r.address = l.Addr().String()
	r.server = &http.Server{Handler: r}
	go func() { _ = r.server.Serve(l) }()
}

func (r *receiver) down() { _ = r.server.Close() }

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body := io.Reader(q.Body)
	if q.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(q.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unzipped
	}
	data, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.few {
		r.raw.Write(data)
	}
	user, password, _ := q.BasicAuth()
	r.logins[user+":"+password] = true
	switch q.URL.Path {
	case "/otlp/v1/logs":
		err = r.takeLogs(data)
	case "/api/v1/otlp/v1/metrics":
		err = r.takeMetrics(data)
	default:
		http.NotFound(w, q)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func (r *receiver) takeLogs(data []byte) error {
	request := plogotlp.NewExportRequest()
	if err := request.UnmarshalProto(data); err != nil {
		return err
	}
	for _, resource := range request.Logs().ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				if r.few && strings.HasPrefix(record.Body().AsString(), "storm-") {
					r.storm++
					continue
				}
				r.lines = append(r.lines, line{
					record.Body().AsString(), record.Timestamp().AsTime(),
					resource.Resource().Attributes().AsRaw(), record.Attributes().AsRaw(),
				})
			}
		}
	}
	return nil
}

func (r *receiver) takeMetrics(data []byte) error {
	request := pmetricotlp.NewExportRequest()
	if err := request.UnmarshalProto(data); err != nil {
		return err
	}
	for _, resource := range request.Metrics().ResourceMetrics().All() {
		for _, scope := range resource.ScopeMetrics().All() {
			for _, m := range scope.Metrics().All() {
				for _, p := range numbers(m).All() {
					value := p.DoubleValue()
					if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
						value = float64(p.IntValue())
					}
					attributes := p.Attributes().AsRaw()
					for k := range resource.Resource().Attributes().All() {
						attributes["resource."+k] = true
					}
					r.points = append(r.points, point{m.Name(), value, attributes})
				}
			}
		}
	}
	return nil
}

func numbers(m pmetric.Metric) pmetric.NumberDataPointSlice {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints()
	case pmetric.MetricTypeSum:
		return m.Sum().DataPoints()
	}
	return pmetric.NewNumberDataPointSlice()
}

// seen waits until enough lines have arrived, and no more come for a while.
func (r *receiver) seen(t *testing.T, enough int) []line {
	t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for last := -1; ; time.Sleep(1500 * time.Millisecond) {
		r.mu.Lock()
		n := len(r.lines)
		all := append([]line(nil), r.lines...)
		r.mu.Unlock()
		if n >= enough && n == last || time.Now().After(deadline) {
			return all
		}
		last = n
	}
}

// host is a directory that stands for one: its containers' logs, its journal,
// and the collector that reads them.
type host struct {
	collector string // the program
	dir       string
	receiver  *receiver
	process   *exec.Cmd
	output    *os.File
	// site is the name of the site to ask.
	site string
	// real leaves intervals as they are.
	real bool
	// own is the port of its own metrics; dockerRead and exporter stand for who
	// answers it.
	own, dockerRead, exporter string
}

// newHost skips without the real program.
func newHost(t *testing.T) *host {
	t.Helper()
	collector := realprogram.Named(t, "ODOOOPS_TEST_OTELCOL")
	h := &host{collector: collector, dir: t.TempDir(), receiver: newReceiver(t), own: realprogram.Port(t)}
	for _, d := range []string{"containers", "buffers", "secrets", "bin", "config"} {
		require.NoError(t, os.Mkdir(filepath.Join(h.dir, d), 0o755))
	}
	h.write(t, "secrets/url", "http://"+h.receiver.address)
	h.write(t, "secrets/login", "YWdlbnQ6aHVudGVyMg==")
	h.write(t, "secrets/dollars", "24.5")
	h.journal(t, "")
	var err error
	h.output, err = os.Create(filepath.Join(h.dir, "output"))
	require.NoError(t, err)
	t.Cleanup(func() {
		h.kill()
		if text, _ := os.ReadFile(h.output.Name()); t.Failed() || len(text) > 0 {
			if len(text) > 4000 {
				text = text[len(text)-4000:]
			}
			t.Logf("the collector said:\n%s", text)
		}
	})
	return h
}

func (h *host) write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o755))
}

// journal sets what journalctl says.
func (h *host) journal(t *testing.T, lines string) {
	t.Helper()
	h.write(t, "journal", lines)
	h.write(t, "bin/journalctl", "#!/bin/sh\n[ \"$1\" = --version ] && { echo systemd 257; exit; }\ncat '"+h.dir+"/journal'\nexec sleep 600\n")
}

// start runs the collector with the files as they are, but for their paths.
func (h *host) start(t *testing.T, parts ...string) {
	t.Helper()
	args := []string{"--feature-gates=stanza.synchronousLogEmitter"}
	quick := strings.NewReplacer(
		"collection_interval: 15s", "collection_interval: 1s", "collection_interval: 30s", "collection_interval: 1s",
		"scrape_interval: 30s", "scrape_interval: 1s", "scrape_timeout: 10s", "scrape_timeout: 1s",
	)
	if h.real {
		quick = strings.NewReplacer()
	}
	for _, part := range parts {
		text, err := os.ReadFile("files/" + part + ".yaml")
		require.NoError(t, err)
		h.write(t, "config/"+part+".yaml", strings.NewReplacer(
			"/var/lib/docker/containers", h.dir+"/containers", "/var/lib/otelcol", h.dir+"/buffers",
			"/run/odooops/agent", h.dir+"/secrets", "root_path: /hostfs", "root_path: /",
			"directory: /var/log/journal", "directory: /tmp",
			"127.0.0.1:13133", "127.0.0.1:0", "port: 8888", "port: "+h.own, "127.0.0.1:8888", "127.0.0.1:"+h.own,
			"docker-read:2375", h.dockerRead,
		).Replace(quick.Replace(string(text))))
		args = append(args, "--config="+filepath.Join(h.dir, "config", part+".yaml"))
	}
	h.process = exec.Command(h.collector, args...)
	h.process.Stdout, h.process.Stderr = h.output, h.output
	h.process.Env = append(os.Environ(), "PATH="+h.dir+"/bin:"+os.Getenv("PATH"), "GOMEMLIMIT=160MiB",
		"MEMORY_LIMIT_MIB=160", "MEMORY_SPIKE_MIB=40", "AGENT_STACK=production", "AGENT_KIND=production", "AGENT_HOST=production",
		"AGENT_IMAGE=odoo@sha256:2", "AGENT_VERSION=19.0", "AGENT_EXPIRES=2026-12-01T00:00:00Z", "AGENT_EXPIRES_UNIX=1796083200",
		"AGENT_SITE="+h.site, "AGENT_EXPORTER="+h.exporter)
	require.NoError(t, h.process.Start())
}

// kill ends the collector as a power cut does.
func (h *host) kill() {
	if h.process != nil {
		_ = h.process.Process.Kill()
		_ = h.process.Wait()
		h.process = nil
	}
}

var logs = []string{"base", "logs", "parse", "redact"}

// container is the log of one, as Docker writes it.
type container struct {
	file  *os.File
	attrs string
	at    time.Time
}

func (h *host) container(t *testing.T, id, stack, kind, role string) *container {
	t.Helper()
	dir := filepath.Join(h.dir, "containers", id)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	f, err := os.OpenFile(filepath.Join(dir, id+"-json.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	c := &container{file: f, at: time.Now().UTC()}
	if role != "" {
		c.attrs = `"attrs":{"odooops.kind":"` + kind + `","odooops.role":"` + role + `","odooops.stack":"` + stack + `"},`
	}
	return c
}

func (c *container) say(t *testing.T, texts ...string) {
	t.Helper()
	var b strings.Builder
	for _, text := range texts {
		c.at = c.at.Add(time.Microsecond)
		quoted := strconv.Quote(text + "\n") // as Docker's, but for rare characters
		b.WriteString(`{"log":` + strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(quoted) +
			`,"stream":"stderr",` + c.attrs + `"time":"` + c.at.Format(time.RFC3339Nano) + `"}` + "\n")
	}
	_, err := c.file.WriteString(b.String())
	require.NoError(t, err)
}
