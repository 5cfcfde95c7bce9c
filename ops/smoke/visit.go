package smoke

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"sync"
	"time"
)

// visit is one round of checks: connections that go to the public address
// whatever the resolver says, and one login that the checks share.
type visit struct {
	Target
	anonymous *http.Client

	once    sync.Once
	session *http.Client
	uid     int
	partner int
	failed  error
}

func newVisit(t Target) *visit {
	if t.HTTPPort == "" {
		t.HTTPPort = "80"
	}
	if t.HTTPSPort == "" {
		t.HTTPSPort = "443"
	}
	if t.Now == nil {
		t.Now = time.Now
	}
	v := &visit{Target: t}
	v.anonymous = v.client()
	return v
}

// client keeps its own cookies, follows no redirect, dials the public address
// for every name, and tells the edge its password where it asks for one.
func (v *visit) client() *http.Client {
	c := v.stranger()
	c.Transport = v.known()
	return c
}

// stranger is a client that knows no password.
func (v *visit) stranger() *http.Client {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &http.Client{
		Jar:           jar,
		Transport:     v.transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (v *visit) transport() *http.Transport {
	d := &net.Dialer{Timeout: 10 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			return d.DialContext(ctx, network, net.JoinHostPort(v.PublicIP, port))
		},
		TLSClientConfig: &tls.Config{RootCAs: v.Roots, MinVersion: tls.VersionTLS12},
	}
}

// known is the transport of a client that the edge lets in.
func (v *visit) known() http.RoundTripper {
	if v.EdgeLogin == "" {
		return v.transport()
	}
	return withPassword{v.transport(), v.EdgeLogin, v.EdgePassword}
}

type withPassword struct {
	below          http.RoundTripper
	user, password string
}

func (t withPassword) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.SetBasicAuth(t.user, t.password)
	return t.below.RoundTrip(req)
}

func (v *visit) url(path string) string { return v.urlOf(v.Hostname, path) }

func (v *visit) urlOf(host, path string) string {
	if v.HTTPSPort != "443" {
		return "https://" + host + ":" + v.HTTPSPort + path
	}
	return "https://" + host + path
}

func (v *visit) get(ctx context.Context, c *http.Client, path string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url(path), nil)
	if err != nil {
		return 0, nil, err
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 32<<20))
	return res.StatusCode, body, err
}

// rpcError is Odoo's answer to a call that failed.
type rpcError struct {
	Message string `json:"message"`
	Data    struct {
		Name    string `json:"name"`
		Message string `json:"message"`
	} `json:"data"`
}

func (e *rpcError) Error() string {
	if e.Data.Message != "" {
		return e.Data.Name + ": " + e.Data.Message
	}
	return e.Message
}

// call makes a JSON-RPC call of the web client.
func (v *visit) call(ctx context.Context, c *http.Client, path string, params, result any) error {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url(path), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *rpcError       `json:"error"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, 32<<20))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", path, res.Status)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("%s answers no JSON: %w", path, err)
	}
	if answer.Error != nil {
		return answer.Error
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, result)
}

// kw calls a model's method as the web client does.
func (v *visit) kw(ctx context.Context, model, method string, args []any, kwargs map[string]any, result any) error {
	c, err := v.login(ctx)
	if err != nil {
		return err
	}
	if kwargs == nil {
		kwargs = map[string]any{}
	}
	return v.call(ctx, c, "/web/dataset/call_kw/"+model+"/"+method,
		map[string]any{"model": model, "method": method, "args": args, "kwargs": kwargs}, result)
}

var errRefused = errors.New("refused")

// authenticate opens a session; errRefused when Odoo says no.
func (v *visit) authenticate(ctx context.Context, c *http.Client, user, password string) (uid, partner int, err error) {
	var s struct {
		UID     any `json:"uid"` // a number, or false
		Partner any `json:"partner_id"`
	}
	err = v.call(ctx, c, "/web/session/authenticate", map[string]any{"db": v.Database, "login": user, "password": password}, &s)
	var odoo *rpcError
	if errors.As(err, &odoo) && odoo.Data.Name == "odoo.exceptions.AccessDenied" {
		return 0, 0, errRefused
	}
	if err != nil {
		return 0, 0, err
	}
	id, ok := s.UID.(float64)
	if !ok || id == 0 {
		return 0, 0, errRefused
	}
	p, _ := s.Partner.(float64)
	return int(id), int(p), nil
}

// login is made once for all checks.
func (v *visit) login(ctx context.Context) (*http.Client, error) {
	v.once.Do(func() {
		v.session = v.client()
		v.uid, v.partner, v.failed = v.authenticate(ctx, v.session, v.AdminLogin, v.AdminPassword)
	})
	if v.failed != nil {
		return nil, fmt.Errorf("log in as %s: %w", v.AdminLogin, v.failed)
	}
	return v.session, nil
}
