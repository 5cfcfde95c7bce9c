package smoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeOdoo answers as Odoo behind its edge does.
type fakeOdoo struct {
	files    map[string][]byte
	weak     bool // admin/admin works
	manager  int  // what /web/database answers
	starred  chan struct{}
	requests []string
}

func (f *fakeOdoo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.requests = append(f.requests, r.URL.String())
	switch p := r.URL.Path; {
	case p == "/web/health":
		fmt.Fprint(w, `{"status":"pass","db_server_status":true}`)
	case p == "/web/login":
		fmt.Fprint(w, `<link href="/web/assets/1/a.css"/><input name="password"/><script src="/web/assets/2/b.js"></script>`)
	case strings.HasPrefix(p, "/web/assets/"):
		fmt.Fprint(w, "x")
	case strings.HasPrefix(p, "/web/database/"):
		w.WriteHeader(f.manager)
	case p == "/web/session/authenticate":
		f.authenticate(w, r)
	case strings.HasPrefix(p, "/web/dataset/call_kw/"):
		f.call(w, r)
	case strings.HasPrefix(p, "/web/content/"):
		_, _ = w.Write(f.files["file"])
	case p == "/websocket":
		f.websocket(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (f *fakeOdoo) authenticate(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Params struct{ Login, Password string } `json:"params"`
	}
	_ = json.NewDecoder(r.Body).Decode(&q)
	if q.Params.Password == "right" || (f.weak && q.Params.Login == "admin" && q.Params.Password == "admin") {
		http.SetCookie(w, &http.Cookie{Name: "session_id", Value: "s", Path: "/", Secure: true})
		fmt.Fprint(w, `{"jsonrpc":"2.0","id":1,"result":{"uid":2,"partner_id":3}}`)
		return
	}
	fmt.Fprint(w, `{"jsonrpc":"2.0","id":1,"error":{"message":"x","data":{"name":"odoo.exceptions.AccessDenied","message":"Access Denied"}}}`)
}

func (f *fakeOdoo) call(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	result := "true"
	switch {
	case strings.HasSuffix(r.URL.Path, "ir.attachment/create"):
		var q struct {
			Params struct {
				Args [][]struct{ Datas []byte } `json:"args"`
			} `json:"params"`
		}
		_ = json.Unmarshal(body, &q)
		f.files["file"] = q.Params.Args[0][0].Datas
		result = "[9]"
	case strings.HasSuffix(r.URL.Path, "message_post"):
		result = "[41]"
	case strings.HasSuffix(r.URL.Path, "toggle_message_starred"):
		close(f.starred)
	}
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":1,"result":%s}`, result)
}

func (f *fakeOdoo) websocket(w http.ResponseWriter, r *http.Request) {
	if k, err := r.Cookie("session_id"); err != nil || k.Value != "s" || r.UserAgent() != "" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	_, _, _ = c.Read(r.Context())
	<-f.starred
	_ = c.Write(r.Context(), websocket.MessageText, []byte(`[{"id":1,"message":{"type":"mail.message/toggle_star","payload":{"message_ids":[41],"starred":true}}}]`))
	_, _, _ = c.Read(r.Context())
}

func visitTo(t *testing.T, f *fakeOdoo) *visit {
	t.Helper()
	if f.files == nil {
		f.files = map[string][]byte{}
	}
	f.starred = make(chan struct{})
	s := httptest.NewTLSServer(f)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return newVisit(Target{
		Hostname: "example.com", PublicIP: "127.0.0.1", HTTPSPort: u.Port(), Roots: pool,
		AdminLogin: "boss", AdminPassword: "right",
	})
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestWhatAUserDoesPassesAgainstASoundOdoo(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(context.Context, *visit) (string, error)
	}{
		{"tls", certificate},
		{"health", health},
		{"login page", loginPage},
		{"login", login},
		{"websocket", websocketMessage},
		{"upload", upload},
		{"default accounts", defaultAccounts},
		{"database manager", databaseManager},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.run(within(t), visitTo(t, &fakeOdoo{manager: 403}))
			assert.NoError(t, err)
		})
	}
}

func TestADefaultAccountThatWorksFails(t *testing.T) {
	_, err := defaultAccounts(within(t), visitTo(t, &fakeOdoo{weak: true}))
	assert.ErrorContains(t, err, "admin logs in with the password admin")
}

func TestADatabaseManagerThatAnswersFails(t *testing.T) {
	_, err := databaseManager(within(t), visitTo(t, &fakeOdoo{manager: 200}))
	assert.ErrorContains(t, err, "answers 200")
}

func TestACertificateOfNobodyFails(t *testing.T) {
	v := visitTo(t, &fakeOdoo{})
	v.Roots = nil
	_, err := certificate(within(t), v)
	assert.ErrorContains(t, err, "certificate")
}

func TestAForgedAddressInOdoosLogFails(t *testing.T) {
	v := visitTo(t, &fakeOdoo{})
	v.Shell = func(context.Context, string) (string, error) { return "INFO " + forged + " - GET /web/login", nil }
	_, err := clientAddress(within(t), v)
	assert.ErrorContains(t, err, "a forged address is believed")
}

func TestTheRealPeerIsToldFromTheEdge(t *testing.T) {
	_, err := judgeAddress("INFO 10.124.0.1 - GET", "10.124.0.1")
	assert.NoError(t, err)
	_, err = judgeAddress("INFO 172.18.0.4 - GET", "10.124.0.1")
	assert.Error(t, err)
	_, err = judgeAddress("INFO 198.51.100.7 - GET", "192.168.1.20")
	assert.NoError(t, err, "behind a NAT")
}

func TestWALCountsOnlyWhenItIsInEveryRepository(t *testing.T) {
	v := newVisit(Target{
		Shell: func(context.Context, string) (string, error) { return "000000010000000000000007,12,f\n", nil },
		Archived: func(_ context.Context, s string) ([]string, error) {
			assert.Equal(t, "000000010000000000000007", s)
			return nil, nil
		},
	})
	_, err := walArchived(within(t), v)
	assert.NoError(t, err)

	v.Archived = func(context.Context, string) ([]string, error) { return []string{"repository 2"}, nil }
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = walArchived(ctx, v)
	assert.ErrorContains(t, err, "repository 2")
}

func TestPDFOffIsSkippedNotPassed(t *testing.T) {
	v := newVisit(Target{Shell: func(context.Context, string) (string, error) { return "", nil }})
	r := one(within(t), check{name: "pdf", limit: time.Second, run: pdf}, v)
	assert.Equal(t, Skip, r.Status)
}

func TestACheckThatFailsFailsTheReport(t *testing.T) {
	r := one(within(t), check{name: "x", limit: time.Second, run: func(context.Context, *visit) (string, error) {
		return "", errors.New("no")
	}}, nil)
	assert.Equal(t, Fail, r.Status)
}

func TestScanFindsWhatListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	assert.Equal(t, []int{port}, scan(within(t), "127.0.0.1", []int{port, 1}))
}
