package front_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/front"
	"github.com/odooops/odooops/localcloud/trust"
)

// machine is an edge whose certificate is for example.com.
func machine(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/web/login", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "session_id=1; Path=/; Secure; HttpOnly")
		w.Header().Set("Strict-Transport-Security", "max-age=1")
		_, _ = io.WriteString(w, r.Host+" "+r.Header.Get("Origin")+" "+r.TLS.ServerName)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+"/web/login", http.StatusFound)
	})
	mux.HandleFunc("/websocket", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		kind, message, err := conn.Read(r.Context())
		if err == nil {
			_ = conn.Write(r.Context(), kind, append([]byte("echo "), message...))
		}
		_ = conn.Close(websocket.StatusNormalClosure, "")
	})
	srv := httptest.NewTLSServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

// newFront serves a front that leads example.com to the machine.
func newFront(t *testing.T, m *httptest.Server, inv front.Inventory, roots *x509.CertPool) (base string) {
	t.Helper()
	port := m.Listener.Addr().(*net.TCPAddr).Port
	srv := httptest.NewServer(front.New(front.Config{
		Addresses: func(name string) []netip.Addr {
			if name == "example.com" || name == "pr-7.preview.example.com" || name == "other.test" {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
			}
			return nil
		},
		Inventory: func() front.Inventory { return inv },
		Roots:     roots, TLSPort: port, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func pool(m *httptest.Server) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(m.Certificate())
	return p
}

func get(t *testing.T, base, host, path string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
	require.NoError(t, err)
	req.Host = host
	req.Header.Set("Origin", "http://"+host)
	resp, err := http.DefaultTransport.RoundTrip(req) // redirects are looked at, not followed
	require.NoError(t, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp, string(b)
}

func TestNameLeadsToItsMachine(t *testing.T) {
	m := machine(t)
	base := newFront(t, m, front.Inventory{}, pool(m))
	resp, body := get(t, base, "example.com:8090", "/web/login")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "example.com https://example.com example.com", body)
	require.Equal(t, "session_id=1; Path=/; HttpOnly", resp.Header.Get("Set-Cookie"))
	require.Empty(t, resp.Header.Get("Strict-Transport-Security"))
	resp, _ = get(t, base, "example.com:8090", "/")
	require.Equal(t, "http://example.com:8090/web/login", resp.Header.Get("Location"))
}

func TestThePasswordForAnEnvironmentPassesAtAnyDepthOfTheZone(t *testing.T) {
	m := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="previews"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, r.Host)
	}))
	// Its certificate, as the one of the previews' edge, is for a wildcard.
	authority, err := trust.Open(t.TempDir(), time.Now)
	require.NoError(t, err)
	leaf, err := authority.Leaf("*.preview.example.com")
	require.NoError(t, err)
	m.TLS = &tls.Config{Certificates: []tls.Certificate{*leaf}}
	m.StartTLS()
	t.Cleanup(m.Close)
	base := newFront(t, m, front.Inventory{}, authority.Pool())
	resp, _ := get(t, base, "pr-7.preview.example.com:8090", "/")
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	require.Equal(t, `Basic realm="previews"`, resp.Header.Get("WWW-Authenticate"))

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base, nil)
	require.NoError(t, err)
	req.Host = "pr-7.preview.example.com:8090"
	req.SetBasicAuth("preview", "secret")
	resp, err = http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "pr-7.preview.example.com", string(body))
}

func TestWebsocketPasses(t *testing.T) {
	m := machine(t)
	base := newFront(t, m, front.Inventory{}, pool(m))
	conn, _, err := websocket.Dial(t.Context(), strings.Replace(base, "http", "ws", 1)+"/websocket", &websocket.DialOptions{Host: "example.com"})
	require.NoError(t, err)
	require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte("hello")))
	_, message, err := conn.Read(t.Context())
	require.NoError(t, err)
	require.Equal(t, "echo hello", string(message))
}

func TestFailureIsExplained(t *testing.T) {
	m := machine(t)
	resp, body := get(t, newFront(t, m, front.Inventory{}, pool(m)), "nope.odooops.localhost", "/")
	require.Equal(t, http.StatusBadGateway, resp.StatusCode)
	require.Contains(t, body, "in no zone")
	resp, body = get(t, newFront(t, m, front.Inventory{}, pool(m)), "other.test", "/")
	require.Equal(t, http.StatusBadGateway, resp.StatusCode)
	require.Contains(t, body, "does not answer")
	resp, body = get(t, newFront(t, m, front.Inventory{}, x509.NewCertPool()), "example.com", "/")
	require.Equal(t, http.StatusBadGateway, resp.StatusCode)
	require.Contains(t, body, "certificate that is not valid")
}

func TestIndexListsWhatRuns(t *testing.T) {
	m := machine(t)
	base := newFront(t, m, front.Inventory{
		Droplets: []front.Droplet{{ID: 7, Name: "production", Status: "active"}},
		Names:    []front.Name{{Name: "erp.odooops.localhost", Address: "127.0.0.1", Droplet: "production"}},
	}, pool(m))
	resp, body := get(t, base, "odooops.localhost:8090", "/")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, body, `href="http://erp.odooops.localhost:8090/"`)
	require.Contains(t, body, "answers")
}
