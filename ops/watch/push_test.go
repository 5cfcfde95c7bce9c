package watch_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/watch"
	"github.com/odooops/odooops/ops/watch/watchtest"
	"github.com/odooops/odooops/tests/realprogram"
)

var gauge = watch.Gauge{Name: "odooops_example_seconds", Value: 1796083200, Labels: map[string]string{"stack": "production", "repository": "2"}}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	ip := watchtest.Address()
	l, err := net.Listen("tcp", ip+":9090")
	require.NoError(t, err)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return ip
}

func TestAGaugeIsGivenToPrometheusAsOTLP(t *testing.T) {
	var body []byte
	ip := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "POST /api/v1/otlp/v1/metrics application/json", r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type"))
		body, _ = io.ReadAll(r.Body)
	})
	require.NoError(t, watchtest.Host(t, ip).Push(t.Context(), time.Unix(1, 5), gauge))
	assert.JSONEq(t, `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"odooops_example_seconds","gauge":{"dataPoints":[
		{"timeUnixNano":"1000000005","asDouble":1796083200,"attributes":[
			{"key":"repository","value":{"stringValue":"2"}},{"key":"stack","value":{"stringValue":"production"}}]}]}}]}]}]}`, string(body))
}

func TestAPrometheusThatTakesNothingIsAnError(t *testing.T) {
	ip := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "out of bounds", http.StatusBadRequest) })
	for address, want := range map[string]string{
		ip: "Prometheus answers 400: out of bounds",
		"": "there is no container platform-prometheus on the host",
	} {
		assert.ErrorContains(t, watchtest.Host(t, address).Push(t.Context(), time.Now(), gauge), want)
	}
}

// TestPrometheusAnswersWithWhatWasPushed asks the program that
// ODOOOPS_TEST_PROMETHEUS names, for what came an hour ago too.
func TestPrometheusAnswersWithWhatWasPushed(t *testing.T) {
	prometheus := realprogram.Named(t, "ODOOOPS_TEST_PROMETHEUS")
	ip, dir := watchtest.Address(), t.TempDir()
	conf := filepath.Join(dir, "prometheus.yml")
	require.NoError(t, os.WriteFile(conf, []byte("storage: {tsdb: {out_of_order_time_window: 2h}}\n"), 0o600))
	cmd := exec.Command(prometheus, "--config.file="+conf, "--storage.tsdb.path="+dir+"/data", "--web.enable-otlp-receiver", "--web.listen-address="+ip+":9090")
	realprogram.Run(t, cmd, "http://"+ip+":9090/-/ready")
	host := watchtest.Host(t, ip)
	require.NoError(t, host.Push(t.Context(), time.Now().Add(-time.Hour), gauge))

	response, err := http.Get("http://" + ip + ":9090/api/v1/query?" + url.Values{"query": {`last_over_time(odooops_example_seconds[1d])`}}.Encode())
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  []any
			}
		}
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	require.Len(t, answer.Data.Result, 1)
	assert.Equal(t, map[string]string{"__name__": "odooops_example_seconds", "stack": "production", "repository": "2"}, answer.Data.Result[0].Metric)
	got, err := strconv.ParseFloat(answer.Data.Result[0].Value[1].(string), 64)
	require.NoError(t, err)
	assert.Equal(t, gauge.Value, got)
}
