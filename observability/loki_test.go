package observability

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/odooops/odooops/tests/realprogram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lokiServer is a Loki of its own, for one test.
type lokiServer struct {
	t   *testing.T
	url string

	mu     sync.Mutex
	alerts map[string]map[string]string // what its ruler sent, by name and stack: labels
}

// startLoki runs the program that ODOOOPS_TEST_LOKI names, with these rules.
func startLoki(t *testing.T, rules map[string]string) *lokiServer {
	t.Helper()
	loki := realprogram.Named(t, "ODOOOPS_TEST_LOKI")
	l := &lokiServer{t: t, alerts: map[string]map[string]string{}}
	alertmanager := httptest.NewServer(http.HandlerFunc(l.alert))
	t.Cleanup(alertmanager.Close)

	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "rules", "fake"), 0o755))
	for name, text := range rules {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "rules", "fake", name), []byte(text), 0o600))
	}
	port := realprogram.Port(t)
	l.url = "http://127.0.0.1:" + port
	cmd := exec.Command(loki, "-config.file=testdata/loki.yaml", "-config.expand-env=true")
	cmd.Env = append(os.Environ(), "DIR="+dir, "HTTP_PORT="+port, "GRPC_PORT="+realprogram.Port(t), "ALERTMANAGER="+alertmanager.URL)
	realprogram.Run(t, cmd, l.url+"/ready")
	return l
}

// alert is what the ruler calls: Alertmanager's POST /api/v2/alerts.
func (l *lokiServer) alert(_ http.ResponseWriter, r *http.Request) {
	var alerts []struct{ Labels, Annotations map[string]string }
	if err := json.NewDecoder(r.Body).Decode(&alerts); err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range alerts {
		for k, v := range a.Annotations {
			a.Labels[k] = v
		}
		l.alerts[a.Labels["alertname"]+" "+a.Labels["stack"]] = a.Labels
	}
}

// fired are the alerts that arrived so far.
func (l *lokiServer) fired() map[string]map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string]map[string]string{}
	for k, v := range l.alerts {
		out[k] = v
	}
	return out
}

// lines are n equal ones, a millisecond apart, with labels of the stream and
// metadata of the line.
type lines struct {
	n              int
	text           string
	stream, fields map[string]string
}

func (l *lokiServer) push(all ...lines) {
	l.t.Helper()
	type stream struct {
		Stream map[string]string `json:"stream"`
		Values [][]any           `json:"values"`
	}
	var body struct {
		Streams []stream `json:"streams"`
	}
	begin := time.Now().Add(-20 * time.Second)
	for _, some := range all {
		s := stream{Stream: some.stream}
		for i := range some.n {
			at := begin.Add(time.Duration(i) * time.Millisecond).UnixNano()
			s.Values = append(s.Values, []any{strconv.FormatInt(at, 10), fmt.Sprintf("%s %d", some.text, i), some.fields})
		}
		body.Streams = append(body.Streams, s)
	}
	text, err := json.Marshal(body)
	require.NoError(l.t, err)
	// The first seconds it may say that its ring is empty.
	require.EventuallyWithT(l.t, func(c *assert.CollectT) {
		resp, err := http.Post(l.url+"/loki/api/v1/push", "application/json", bytes.NewReader(text))
		require.NoError(c, err)
		defer resp.Body.Close()
		answer, _ := io.ReadAll(resp.Body)
		require.Equal(c, http.StatusNoContent, resp.StatusCode, string(answer))
	}, 30*time.Second, 500*time.Millisecond)
}

// ask runs a query as Grafana does, and returns how many results it has.
func (l *lokiServer) ask(expr string, instant bool) (int, error) {
	now := time.Now()
	path, values := "/loki/api/v1/query_range", url.Values{"query": {expr}}
	if instant {
		path = "/loki/api/v1/query"
		values.Set("time", strconv.FormatInt(now.UnixNano(), 10))
	} else {
		values.Set("start", strconv.FormatInt(now.Add(-time.Hour).UnixNano(), 10))
		values.Set("end", strconv.FormatInt(now.UnixNano(), 10))
		values.Set("step", "60")
	}
	resp, err := http.Get(l.url + path + "?" + values.Encode())
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	var answer struct{ Data struct{ Result []any } }
	if resp.StatusCode != http.StatusOK || json.Unmarshal(text, &answer) != nil {
		return 0, fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(text)))
	}
	return len(answer.Data.Result), nil
}
