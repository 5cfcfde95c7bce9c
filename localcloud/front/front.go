// Package front is how a browser on this computer reaches the machines: plain
// HTTP at http://NAME:PORT, where NAME is in a zone of the local cloud and ends
// in localhost, handed on by TLS to the machine the name leads to. It must not
// make a broken machine look well: certificates are verified.
package front

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Config is what the front needs.
type Config struct {
	// Addresses are where a name leads by the cloud's zones.
	Addresses func(name string) []netip.Addr
	// Inventory lists what the index shows.
	Inventory func() Inventory
	Roots     *x509.CertPool
	// TLSPort of the machines; 443.
	TLSPort int
	Log     *slog.Logger
}

// Inventory is what runs in the cloud.
type Inventory struct {
	Droplets []Droplet
	Names    []Name
}

// Droplet is a line of the index.
type Droplet struct {
	ID                                  int
	Name, Status, Size, Public, Private string
}

// Name is a name in DNS that leads to a machine.
type Name struct {
	Name, Address, Droplet string
	// Health is filled in when the index is asked for.
	Health string
}

//go:embed index.html
var indexPage string

//go:embed error.html
var errorPage string

const dialTimeout = 5 * time.Second

type front struct {
	Config
	index, failure *template.Template
	proxy          *httputil.ReverseProxy
}

// New serves the index at odooops.localhost and the machines at their names.
func New(config Config) http.Handler {
	f := &front{
		Config:  config,
		index:   template.Must(template.New("index").Parse(indexPage)),
		failure: template.Must(template.New("error").Parse(errorPage)),
	}
	f.proxy = &httputil.ReverseProxy{
		Rewrite: f.rewrite, ModifyResponse: backToHTTP, ErrorHandler: f.failed,
		FlushInterval: -1, // a longpoll's first byte counts
		Transport: &http.Transport{
			DialContext: f.dial, TLSClientConfig: &tls.Config{RootCAs: config.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: dialTimeout, IdleConnTimeout: time.Minute,
		},
		ErrorLog: slog.NewLogLogger(config.Log.Handler(), slog.LevelDebug),
	}
	return f
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := hostname(r.Host)
	if name == "odooops.localhost" || name == "localhost" || net.ParseIP(name) != nil {
		f.serveIndex(w, r)
		return
	}
	f.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), browserHost{}, r.Host)))
}

// hostname is a host without its port.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(host)
}

// rewrite makes the request one for the machine: by TLS, to the name alone.
func (f *front) rewrite(p *httputil.ProxyRequest) {
	name := hostname(p.In.Host)
	p.Out.URL.Scheme, p.Out.URL.Host = "https", name
	p.Out.Host = name
	p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
	p.SetXForwarded() // whom the machine trusts is its own affair
	for _, header := range []string{"Origin", "Referer"} {
		if rest, ok := strings.CutPrefix(p.In.Header.Get(header), "http://"+p.In.Host); ok {
			p.Out.Header.Set(header, "https://"+name+rest)
		}
	}
}

// browserHost is the context's key of the host, with port, that the browser asked.
type browserHost struct{}

// backToHTTP undoes what only makes sense by TLS: redirects to https, cookies
// for https alone, and the promise to stay there.
func backToHTTP(resp *http.Response) error {
	host, _ := resp.Request.Context().Value(browserHost{}).(string)
	name := hostname(host)
	if rest, ok := strings.CutPrefix(resp.Header.Get("Location"), "https://"+name); ok && (rest == "" || rest[0] == '/' || rest[0] == '?') {
		resp.Header.Set("Location", "http://"+host+rest)
	}
	resp.Header.Del("Strict-Transport-Security")
	cookies := resp.Header["Set-Cookie"]
	for i, c := range cookies {
		parts := strings.Split(c, ";")
		kept := parts[:0]
		for _, part := range parts {
			if !strings.EqualFold(strings.TrimSpace(part), "secure") {
				kept = append(kept, part)
			}
		}
		cookies[i] = strings.Join(kept, ";")
	}
	return nil
}

var errNoAddress = errors.New("the name is in no zone of the local cloud")

// dial connects to the machine a name leads to.
func (f *front) dial(ctx context.Context, network, address string) (net.Conn, error) {
	name := hostname(address)
	addresses := f.Addresses(name)
	if len(addresses) == 0 {
		return nil, fmt.Errorf("%s: %w", name, errNoAddress)
	}
	d := net.Dialer{Timeout: dialTimeout}
	return d.DialContext(ctx, network, net.JoinHostPort(addresses[0].String(), strconv.Itoa(f.TLSPort)))
}

// failed explains what is between the browser and the machine.
func (f *front) failed(w http.ResponseWriter, r *http.Request, err error) {
	name := hostname(r.Host)
	f.Log.Info("front: machine not reached", "name", name, "error", err)
	advice := "The machine is there, but nothing answers yet: it may still be starting. See `odooops status`."
	var unknown x509.UnknownAuthorityError
	var wrong *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errNoAddress):
		advice = "Declare it with `odooops up production`, or see what there is at http://odooops.localhost."
	case errors.As(err, &unknown), errors.As(err, &wrong):
		advice = "The machine answers with a certificate that is not valid for this name: it may still be waiting for its own. Try again in a moment."
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusBadGateway)
	_ = f.failure.Execute(w, map[string]string{"Name": name, "Error": err.Error(), "Advice": advice}) // the browser went away: nothing to do
}
