package logs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/watch/watchtest"
	"github.com/odooops/odooops/tests/realprogram"
)

// entry is a line as it goes into Loki.
type entry struct {
	at     int64
	labels map[string]string // of the stream
	fields map[string]string // structured metadata
	text   string
}

// loki takes lines and is asked for them.
type loki interface {
	push(t *testing.T, entries ...entry)
	address() string
}

// lokis are the stand-in, and the real program where ODOOOPS_TEST_LOKI names it.
func lokis(t *testing.T) map[string]loki {
	t.Helper()
	all := map[string]loki{"stand-in": newFake(t)}
	if binary := os.Getenv("ODOOOPS_TEST_LOKI"); binary != "" {
		all["loki"] = newReal(t, binary)
	}
	return all
}

// fake answers like Loki, whatever the query: the range, the direction and the
// limit are right.
type fake struct {
	ip string

	mu sync.Mutex
	// down answers 503, as Loki does while it starts.
	down    bool
	entries []entry
	asked   []string
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{ip: watchtest.Address()}
	l, err := net.Listen("tcp", f.ip+":3100")
	require.NoError(t, err)
	server := &http.Server{Handler: f, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return f
}

func (f *fake) address() string { return f.ip }

func (f *fake) push(_ *testing.T, entries ...entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries = append(f.entries, entries...)
	slices.SortStableFunc(f.entries, func(a, b entry) int { return int(a.at - b.at) })
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := r.URL.Query()
	f.asked = append(f.asked, q.Get("query"))
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(q.Get(name), 10, 64)
		return n
	}
	switch {
	case f.down:
		http.Error(w, "Ingester not ready", http.StatusServiceUnavailable)
		return
	case number("limit") > 5000:
		http.Error(w, "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)", http.StatusBadRequest)
		return
	}
	var rows []entry
	for _, e := range f.entries {
		if e.at >= number("start") && e.at < number("end") {
			rows = append(rows, e)
		}
	}
	if q.Get("direction") == "backward" {
		slices.Reverse(rows)
	}
	type stream struct {
		Stream map[string]string `json:"stream"`
		Values [][2]string       `json:"values"`
	}
	var result []stream
	for _, e := range rows[:min(len(rows), int(number("limit")))] {
		all := map[string]string{}
		for _, m := range []map[string]string{e.labels, e.fields} {
			for k, v := range m {
				all[k] = v
			}
		}
		result = append(result, stream{all, [][2]string{{strconv.FormatInt(e.at, 10), e.text}}})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"result": result}})
}

// real is the program itself.
type real struct{ ip string }

const lokiConfig = `auth_enabled: false
server: {http_listen_address: %[1]s, http_listen_port: 3100, grpc_listen_address: %[1]s, grpc_listen_port: 9096, log_level: error}
common:
  path_prefix: %[2]s
  instance_addr: %[1]s
  replication_factor: 1
  ring: {kvstore: {store: inmemory}}
  storage: {filesystem: {chunks_directory: %[2]s/chunks, rules_directory: %[2]s/rules}}
frontend: {address: %[1]s, scheduler_dns_lookup_period: 1s}
schema_config:
  configs: [{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}]
limits_config: {allow_structured_metadata: true, reject_old_samples: false, discover_service_name: []}
ingester: {lifecycler: {min_ready_duration: 0s, final_sleep: 0s}}
analytics: {reporting_enabled: false}
`

func newReal(t *testing.T, binary string) *real {
	t.Helper()
	r := &real{ip: watchtest.Address()}
	dir := t.TempDir()
	file := filepath.Join(dir, "loki.yaml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, lokiConfig, r.ip, dir), 0o600))
	realprogram.Run(t, exec.Command(binary, "-config.file="+file), "http://"+r.ip+":3100/ready")
	return r
}

func (r *real) address() string { return r.ip }

func (r *real) push(t *testing.T, entries ...entry) {
	t.Helper()
	for batch := range slices.Chunk(entries, 500) {
		type stream struct {
			Stream map[string]string `json:"stream"`
			Values [][]any           `json:"values"`
		}
		var streams []stream
		for _, e := range batch {
			fields := e.fields
			if fields == nil {
				fields = map[string]string{}
			}
			streams = append(streams, stream{e.labels, [][]any{{strconv.FormatInt(e.at, 10), e.text, fields}}})
		}
		body, err := json.Marshal(map[string]any{"streams": streams})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.ip+":3100/loki/api/v1/push", bytes.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_ = res.Body.Close()
		require.Equal(t, http.StatusNoContent, res.StatusCode)
	}
}
