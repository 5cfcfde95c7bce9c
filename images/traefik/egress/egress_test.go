package egress

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// client gets what it asks for through the proxy, whose every connection leads
// to one server, whatever its name.
func client(t *testing.T, allow string) (c *http.Client, logged *bytes.Buffer) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello from "+r.Host)
	}))
	t.Cleanup(server.Close)
	proxy := httptest.NewServer(Handler(parse(allow), func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}))
	t.Cleanup(proxy.Close)
	logged = &bytes.Buffer{}
	log.SetOutput(logged)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })

	at, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	c = server.Client()
	transport := c.Transport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyURL(at)
	transport.TLSClientConfig.ServerName = "example.com" // what the test's certificate is for
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}, logged
}

func TestHostsOfTheListAreReached(t *testing.T) {
	c, logged := client(t, "# carriers\nAPI.carrier.example.  # trailing\n\n")
	response, err := c.Get("https://api.carrier.example/rates")
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, "hello from api.carrier.example", string(body))
	assert.Contains(t, logged.String(), "allowed api.carrier.example:443")
}

func TestAllElseIsRefusedAndLogged(t *testing.T) {
	c, logged := client(t, "api.carrier.example\n")
	for _, refused := range []string{
		"https://elsewhere.example/", "https://sub.api.carrier.example/", "https://api.carrier.example:8443/",
		"https://127.0.0.1/",
	} {
		response, err := c.Get(refused)
		if err == nil {
			_ = response.Body.Close()
		}
		require.ErrorContains(t, err, "Forbidden", refused)
	}
	response, err := c.Get("http://api.carrier.example/plain")
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusForbidden, response.StatusCode)
	for _, line := range []string{`refused "elsewhere.example:443"`, `refused "api.carrier.example:8443"`, `refused "http://api.carrier.example/plain"`} {
		assert.Contains(t, logged.String(), line)
	}
}

func TestAListThatIsNotThereIsAnError(t *testing.T) {
	assert.ErrorContains(t, Serve(t.Context(), "127.0.0.1:0", filepath.Join(t.TempDir(), "none")), "which hosts are allowed")
}

func TestItEndsWhenToldTo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "allow")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, "127.0.0.1:0", file) }()
	time.Sleep(50 * time.Millisecond)
	cancel()
	select {
	case err := <-ended:
		assert.NoError(t, err)
	case <-time.After(5 * time.Second):
		t.Fatal("it does not end")
	}
}

func TestNamesOfTheInsideLeadNowhere(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1", "169.254.169.254", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255",
		"10.10.0.5", "172.16.0.1", "172.31.255.254", "192.168.1.1", "100.64.0.1", "100.127.255.254", "192.0.0.8", "198.18.0.1",
		"::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1", "fe80::1", "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1",
		"64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1", "2002:a00:1::1",
	} {
		assert.ErrorContains(t, outside("tcp", net.JoinHostPort(address, "443"), nil), "no address of the outside", address)
	}
	for _, address := range []string{
		"203.0.113.7", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "2a00:1450::1",
	} {
		assert.NoError(t, outside("tcp", net.JoinHostPort(address, "443"), nil), address)
	}
}

func TestANameOfTheListThatLeadsInsideIsRefusedAndLogged(t *testing.T) {
	logged := &bytes.Buffer{}
	log.SetOutput(logged)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	proxy := httptest.NewServer(Handler(parse("localhost\n"), dial))
	t.Cleanup(proxy.Close)
	at, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	c := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at)}, Timeout: 10 * time.Second}
	response, err := c.Get("https://localhost/")
	if err == nil {
		_ = response.Body.Close()
	}
	require.ErrorContains(t, err, "Bad Gateway")
	assert.Contains(t, logged.String(), "allowed localhost:443", "the name is one of the list")
	assert.Regexp(t, `no connection to "localhost:443": .* is no address of the outside`, logged.String())
}

func TestTheHealthCheckTellsAProxyThatRunsFromOneThatDoesNot(t *testing.T) {
	server := httptest.NewServer(Handler(nil, func(context.Context, string, string) (net.Conn, error) {
		t.Error("a health check calls nobody")
		return nil, net.ErrClosed
	}))
	address := server.Listener.Addr().String()
	require.NoError(t, Check(t.Context(), address))
	server.Close()
	assert.Error(t, Check(t.Context(), address))

	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	assert.ErrorContains(t, Check(t.Context(), other.Listener.Addr().String()), "404")
}
