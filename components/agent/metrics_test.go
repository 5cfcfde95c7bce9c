package agent_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// metric waits for a metric.
func (r *receiver) metric(t *testing.T, name string) []point {
	t.Helper()
	for range 60 {
		r.mu.Lock()
		var found []point
		for _, p := range r.points {
			if p.name == name {
				found = append(found, p)
			}
		}
		r.mu.Unlock()
		if len(found) > 0 {
			return found
		}
		time.Sleep(500 * time.Millisecond)
	}
	require.Fail(t, "did not arrive: "+name)
	return nil
}

func TestMetricsCarryTheirStackAndNothingOfTheResource(t *testing.T) {
	h := newHost(t)
	h.start(t, append(logs, "host")...)
	for _, name := range []string{"system.cpu.time", "system.memory.usage", "system.cpu.load_average.1m", "system.filesystem.usage"} {
		for _, p := range h.receiver.metric(t, name) {
			assert.Subset(t, p.attributes, map[string]any{"stack": "production", "kind": "production", "host": "production"}, name)
			for k := range p.attributes {
				assert.False(t, strings.HasPrefix(k, "resource."), k)
			}
		}
	}
	info := h.receiver.metric(t, "odooops_stack_info")[0]
	assert.Equal(t, 1.0, info.value)
	assert.Equal(t, map[string]any{
		"stack": "production", "kind": "production", "host": "production",
		"image": "odoo@sha256:2", "version": "19.0", "expires": "2026-12-01T00:00:00Z",
	}, info.attributes)
	assert.Equal(t, 1796083200.0, h.receiver.metric(t, "odooops_stack_expires_seconds")[0].value)
	assert.Equal(t, 24.5, h.receiver.metric(t, "odooops_stack_monthly_dollars")[0].value)
}

func TestAPriceThatIsNotKnownIsNotTold(t *testing.T) {
	h := newHost(t)
	h.write(t, "secrets/dollars", "0")
	h.start(t, append(logs, "host")...)
	h.receiver.metric(t, "odooops_stack_info")
	for _, p := range h.receiver.points {
		assert.NotEqual(t, "odooops_stack_monthly_dollars", p.name)
	}
}

func TestThePlacesOfPreviewsAreTheHostsAndTheirEndsThePreviews(t *testing.T) {
	h := newHost(t)
	h.dockerRead = serveMetrics(t, "odooops_preview_admitted_mb 1152\nodooops_preview_budget_mb 6336\nodooops_stack_expires_seconds{pr=\"7\"} 1796083200\n")
	h.start(t, append(logs, "host", "previews")...)
	for name, value := range map[string]float64{"odooops_preview_admitted_mb": 1152, "odooops_preview_budget_mb": 6336} {
		p := h.receiver.metric(t, name)[0]
		assert.Equal(t, value, p.value)
		assert.Equal(t, map[string]any{"stack": "production", "kind": "production", "host": "production"}, p.attributes, name)
	}
	of := map[any]float64{}
	for _, p := range h.receiver.metric(t, "odooops_stack_expires_seconds") {
		if p.attributes["pr"] != nil {
			assert.Equal(t, map[string]any{"stack": "previews", "kind": "preview", "host": "production", "pr": "7"}, p.attributes)
			of[p.attributes["pr"]] = p.value
		}
	}
	assert.Equal(t, map[any]float64{"7": 1796083200}, of)
}

// serveMetrics answers with a text on /metrics, and returns where.
func serveMetrics(t *testing.T, text string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestTheSiteIsAskedByItsNameWithItsPassword(t *testing.T) {
	h := newHost(t)
	var asked []string
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		user, password, _ := q.BasicAuth()
		asked = append(asked, q.Host+q.URL.Path+" "+user+":"+password)
	}))
	defer site.Close()
	h.write(t, "secrets/site-headers.yaml", "Host: \"example.com\"\nAuthorization: \"Basic c3RhZ2luZzpsZXRtZWlu\"\n")
	ca := h.dir + "/ca.pem"
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw}), 0o644))
	t.Setenv("SSL_CERT_FILE", ca)
	t.Setenv("AGENT_SITE_ADDRESS", strings.TrimPrefix(site.URL, "https://"))
	h.site = "example.com"
	h.start(t, append(logs, "host", "site")...)
	up := map[string]float64{}
	for _, p := range h.receiver.metric(t, "httpcheck.status") {
		up[p.attributes["http.status_class"].(string)] = p.value
		assert.NotContains(t, p.attributes, "http.status_code")
		assert.NotContains(t, p.attributes, "http.url")
		assert.Equal(t, "production", p.attributes["stack"])
	}
	assert.Equal(t, map[string]float64{"1xx": 0, "2xx": 1, "3xx": 0, "4xx": 0, "5xx": 0}, up)
	for _, p := range h.receiver.metric(t, "httpcheck.tls.cert_remaining") {
		assert.Greater(t, p.value, 0.0)
		assert.Len(t, p.attributes, 3, "stack, kind and host")
	}
	assert.Equal(t, "example.com/web/health staging:letmein", asked[0])
}
