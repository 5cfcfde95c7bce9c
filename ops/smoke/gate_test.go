package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks/config"
)

// fakeGate is an edge that asks for a password, an Odoo behind it, and MailHog.
type fakeGate struct {
	open, lost, indexed bool
	subject             string
	deleted             bool
}

func (f *fakeGate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); !f.open && (user != "staging" || password != "edge") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !f.indexed {
		w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	}
	switch p := r.URL.Path; {
	case p == "/web/session/authenticate":
		fmt.Fprint(w, `{"result":{"uid":2,"partner_id":3}}`)
	case strings.HasSuffix(p, "mail.mail/create"):
		var q struct {
			Params struct {
				Args [][]struct{ Subject string } `json:"args"`
			} `json:"params"`
		}
		_ = json.NewDecoder(r.Body).Decode(&q)
		f.subject = q.Params.Args[0][0].Subject
		fmt.Fprint(w, `{"result":[7]}`)
	case strings.HasSuffix(p, "mail.mail/send"):
		fmt.Fprint(w, `{"result":true}`)
	case p == "/api/v2/search":
		if f.lost || r.URL.Query().Get("query") != f.subject || r.Host[:4] != "mail" {
			fmt.Fprint(w, `{"items":[]}`)
			return
		}
		fmt.Fprint(w, `{"items":[{"ID":"m1"}]}`)
	case p == "/api/v1/messages/m1":
		f.deleted = r.Method == http.MethodDelete
	}
}

func gateTo(t *testing.T, f *fakeGate) *visit {
	t.Helper()
	s := httptest.NewTLSServer(f)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	v := newVisit(Target{
		Hostname: "example.com", MailHostname: "mail.example.com", PublicIP: "127.0.0.1", HTTPSPort: u.Port(), Roots: pool,
		AdminLogin: "boss", AdminPassword: "right", EdgeLogin: "staging", EdgePassword: "edge",
	})
	return v
}

func TestAnEdgeThatAsksForItsPasswordPasses(t *testing.T) {
	_, err := edgePassword(within(t), gateTo(t, &fakeGate{}))
	assert.NoError(t, err)
	_, err = robots(within(t), gateTo(t, &fakeGate{}))
	assert.NoError(t, err)
}

func TestAnOpenEdgeFails(t *testing.T) {
	v := gateTo(t, &fakeGate{open: true, indexed: true})
	_, err := edgePassword(within(t), v)
	assert.ErrorContains(t, err, "without a password")
	v.OpenToSome = true
	_, err = edgePassword(within(t), v)
	assert.IsType(t, skipped(""), err, "who is let in without one can't tell")
	_, err = robots(within(t), v)
	assert.Error(t, err)
}

func TestAMailThatIsCaughtIsTakenAwayAgain(t *testing.T) {
	f := &fakeGate{}
	_, err := mailCaught(within(t), gateTo(t, f))
	require.NoError(t, err)
	assert.True(t, f.deleted)
}

func TestAMailThatIsLostFails(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 1e9)
	defer cancel()
	_, err := mailCaught(ctx, gateTo(t, &fakeGate{lost: true}))
	assert.Error(t, err)
}

func TestAWayOutIsNamed(t *testing.T) {
	v := newVisit(Target{Shell: func(context.Context, string) (string, error) { return "a connection to 1.1.1.1:443\n", nil }})
	_, err := noWayOut(within(t), v)
	assert.ErrorContains(t, err, "1.1.1.1:443")
	v.Shell = func(context.Context, string) (string, error) { return "\n", nil }
	_, err = noWayOut(within(t), v)
	assert.NoError(t, err)
}

func TestEachKindHasItsChecks(t *testing.T) {
	names := func(kind string) (list []string) {
		for _, c := range checks(kind) {
			list = append(list, c.name)
		}
		return list
	}
	assert.Contains(t, names(config.KindProduction), "wal")
	assert.NotContains(t, names(config.KindProduction), "mail caught", "production's mail leaves")
	assert.Subset(t, names(config.KindStaging), []string{"mail caught", "no way out", "edge password", "robots", "ports"})
	assert.NotContains(t, names(config.KindPreview), "ports")
	assert.Contains(t, names(config.KindPreviewHost), "layout")
	assert.Empty(t, names(config.KindPlatform))
}
