// Package egress is the one way out of an environment that otherwise has none:
// an HTTP proxy that tunnels to port 443 of the hosts of a list, and refuses
// all else with a line in the log. It looks into no tunnel.
package egress

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/elazarl/goproxy"
)

const (
	// Address is where the proxy listens.
	Address = ":8888"
	// AllowFile holds the allowed host names, one a line.
	AllowFile = "/run/odooops/egress-allow"

	// health is where the proxy says that it runs.
	health = "/health"
)

// Serve proxies until ctx ends.
func Serve(ctx context.Context, address, allowFile string) error {
	text, err := os.ReadFile(allowFile)
	if err != nil {
		return fmt.Errorf("read which hosts are allowed: %w", err)
	}
	allowed := parse(string(text))
	server := &http.Server{Addr: address, Handler: Handler(allowed, dial), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	log.Printf("egress: HTTPS to %d hosts is let through", len(allowed))
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Check asks the proxy on this machine whether it runs. It calls nobody else.
func Check(ctx context.Context, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", port)+health, nil)
	if err != nil {
		return err
	}
	response, err := (&http.Transport{}).RoundTrip(r) // by no proxy
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the proxy answers %s", response.Status)
	}
	return nil
}

// parse reads host names, one a line; # begins a comment.
func parse(text string) map[string]bool {
	allowed := map[string]bool{}
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(line, "#")
		if name = normal(strings.TrimSpace(name)); name != "" {
			allowed[name] = true
		}
	}
	return allowed
}

func normal(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// Handler is the proxy. Dial makes its connections.
func Handler(allowed map[string]bool, dial func(ctx context.Context, network, address string) (net.Conn, error)) http.Handler {
	proxy := goproxy.NewProxyHttpServer()
	// Its own word on a request is an error's; what was decided is said below.
	proxy.Logger = log.Default()
	proxy.NonproxyHandler = http.HandlerFunc(own)
	proxy.ConnectDialWithReq = func(r *http.Request, network, address string) (net.Conn, error) {
		return dial(r.Context(), network, address)
	}
	proxy.OnRequest().HandleConnectFunc(func(target string, ctx *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		host, port, err := net.SplitHostPort(target)
		if err != nil || port != "443" || !allowed[normal(host)] {
			log.Printf("egress: refused %q: not HTTPS to a host of the list", target)
			ctx.Resp = refusal(ctx.Req)
			return goproxy.RejectConnect, target
		}
		log.Printf("egress: allowed %s", target)
		return goproxy.OkConnect, target
	})
	proxy.OnRequest().DoFunc(func(r *http.Request, _ *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		log.Printf("egress: refused %q: not HTTPS", r.URL.Redacted())
		return r, refusal(r)
	})
	return proxy
}

// own answers what is asked of the proxy itself.
func own(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != health {
		http.Error(w, "odooops: this is a proxy", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func refusal(r *http.Request) *http.Response {
	return goproxy.NewResponse(r, goproxy.ContentTypeText, http.StatusForbidden,
		"odooops: nothing but HTTPS to a host of egressAllow is let out of here\n")
}

var dial = (&net.Dialer{Timeout: 10 * time.Second, Control: outside}).DialContext

// outside refuses addresses that no name of the outside should have: the
// machine itself, and the cloud's metadata.
func outside(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if a := at.Addr().Unmap(); a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast() {
		return fmt.Errorf("%s is no address of the outside", a)
	}
	return nil
}
