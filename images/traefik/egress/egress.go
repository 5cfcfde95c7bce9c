// Package egress is the one way out of an environment that otherwise has none:
// an HTTP proxy that tunnels to port 443 of the hosts of a list, and refuses
// all else with a line in the log. It looks into no tunnel. A name of the list
// that leads to an address of the inside is refused too.
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
	"slices"
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
		conn, err := dial(r.Context(), network, address)
		if err != nil {
			log.Printf("egress: no connection to %q: %v", address, err)
		}
		return conn, err
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

// inside are the addresses that no name of the outside should have, beyond
// those that netip knows by a word: the machine's, its private network's and
// the cloud's own. A name of the list may lead anywhere its owner likes.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' and clouds' own
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	// Each of these can hold an IPv4 address.
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// outside refuses every other address. It is asked of each address that is
// dialled, after its name was looked up.
func outside(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	a := at.Addr().Unmap().WithZone("")
	own := a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() ||
		slices.ContainsFunc(inside, func(p netip.Prefix) bool { return p.Contains(a) })
	if own {
		return fmt.Errorf("%s is no address of the outside", a)
	}
	return nil
}
