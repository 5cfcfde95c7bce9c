package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// frontPort is where this computer's browsers find the cloud of these tests.
const frontPort = "18090"

// site is an environment as the outside knows it.
type site struct {
	stack string
	// host and mailHost are names in the zone; mailHost has MailHog.
	host, mailHost string
	// user and password are the edge's.
	user, password string
	// login and secret are the administrator's.
	login, secret string
	// address and sshDir reach the machine below.
	address, sshDir string
	containers      map[string]string

	client *http.Client // logged in
}

// request asks a host of the site; with is whether the edge's password goes along.
func (s *site) request(ctx context.Context, method, host, path string, body []byte, with bool) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+host+":"+frontPort+path, bytes.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if with {
		req.SetBasicAuth(s.user, s.password)
	}
	client := s.client
	if client == nil {
		client = checkout.Browser()
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return res, string(text), err
}

func (s *site) answers(t testing.TB, within time.Duration) {
	t.Helper()
	checkout.Eventually(t, within, s.stack+" shows its login page", func(ctx context.Context) (bool, string) {
		res, text, err := s.request(ctx, http.MethodGet, s.host, "/web/login", nil, true)
		if err != nil {
			return false, err.Error()
		}
		return res.StatusCode == http.StatusOK && strings.Contains(text, "csrf_token"), res.Status
	})
}

// isClosed says that nobody gets in without the edge's password, on any host.
func (s *site) isClosed(t *testing.T) {
	t.Helper()
	for host, path := range map[string]string{s.host: "/web/login", s.mailHost: "/api/v2/messages"} {
		res, _, err := s.request(t.Context(), http.MethodGet, host, path, nil, false)
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnauthorized, res.StatusCode, "%s%s without a password", host, path)
		res, _, err = s.request(t.Context(), http.MethodGet, host, path, nil, true)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, res.StatusCode, "%s%s with the password", host, path)
		assert.Contains(t, res.Header.Get("X-Robots-Tag"), "noindex", host)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		res, _, err := s.request(t.Context(), method, s.host, "/web/database/manager", nil, true)
		require.NoError(t, err)
		assert.Equal(t, http.StatusForbidden, res.StatusCode, "%s /web/database/manager", method)
	}
}

// logIn opens the administrator's session.
func (s *site) logIn(t testing.TB) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	s.client = checkout.Browser()
	s.client.Jar = jar
	s.rpc(t, "/web/session/authenticate", map[string]any{"db": "odoo", "login": s.login, "password": s.secret})
}

// call calls a method of a model as the web client does, and wants an answer.
func (s *site) call(t testing.TB, model, method string, args ...any) json.RawMessage {
	t.Helper()
	return s.callWith(t, model, method, map[string]any{}, args...)
}

func (s *site) callWith(t testing.TB, model, method string, kwargs map[string]any, args ...any) json.RawMessage {
	t.Helper()
	if args == nil {
		args = []any{}
	}
	return s.rpc(t, "/web/dataset/call_kw/"+model+"/"+method,
		map[string]any{"model": model, "method": method, "args": args, "kwargs": kwargs})
}

func (s *site) rpc(t testing.TB, path string, params map[string]any) json.RawMessage {
	t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": "call", "params": params})
	require.NoError(t, err)
	res, text, err := s.request(t.Context(), http.MethodPost, s.host, path, body, true)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s: %s", path, text)
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	checkout.Decode(t, text, &answer)
	require.Empty(t, string(answer.Error), "%s", path)
	return answer.Result
}

// create makes a record and is its id.
func (s *site) create(t testing.TB, model string, values map[string]any) int {
	t.Helper()
	var ids []int
	checkout.Decode(t, string(s.call(t, model, "create", []any{values})), &ids)
	require.Len(t, ids, 1)
	return ids[0]
}

// find is the id of the one record that an external id names.
func (s *site) find(t testing.TB, module, name string) int {
	t.Helper()
	var rows []struct {
		ID int `json:"res_id"`
	}
	checkout.Decode(t, string(s.callWith(t, "ir.model.data", "search_read", map[string]any{
		"domain": []any{[]any{"module", "=", module}, []any{"name", "=", name}}, "fields": []string{"res_id"},
	})), &rows)
	require.Len(t, rows, 1, "%s.%s", module, name)
	return rows[0].ID
}

// trigger asks the scheduler to run a cron now.
func (s *site) trigger(t *testing.T, c *checkout.Checkout, id int) {
	t.Helper()
	s.sql(t, c, fmt.Sprintf("update ir_cron set active = true, nextcall = now() at time zone 'utc' - interval '1 minute' where id = %d", id))
	// Odoo listens on the server's own database; else it looks once a minute.
	s.onHost(t, c, "docker exec -u postgres "+s.containers["postgres"]+" psql -d postgres -qc \"notify cron_trigger, 'odoo'\"")
}

// subjects are those of the mails that MailHog caught.
func (s *site) subjects(ctx context.Context) ([]string, error) {
	res, text, err := s.request(ctx, http.MethodGet, s.mailHost, "/api/v2/messages?limit=250", nil, true)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("MailHog of %s: %s", s.stack, res.Status)
	}
	var list struct {
		Items []struct {
			Content struct{ Headers map[string][]string }
		}
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	var subjects []string
	for _, i := range list.Items {
		subjects = append(subjects, i.Content.Headers["Subject"]...)
	}
	return subjects, nil
}

// onHost runs a shell command on the site's machine.
func (s *site) onHost(t testing.TB, c *checkout.Checkout, command string) checkout.Result {
	t.Helper()
	return c.Run(t, "ssh", "-F", s.sshDir+"/config", "ops@"+s.address, command)
}

// sql asks the site's database.
func (s *site) sql(t testing.TB, c *checkout.Checkout, query string) string {
	t.Helper()
	r := s.onHost(t, c, "docker exec -u postgres "+s.containers["postgres"]+" psql -d odoo -Atqc \""+query+"\"")
	require.Zero(t, r.Code, "psql: %s", r.Stderr)
	return strings.TrimSpace(r.Stdout)
}

// odooLog is what Odoo has logged.
func (s *site) odooLog(t testing.TB, c *checkout.Checkout) string {
	t.Helper()
	return s.onHost(t, c, "docker logs "+s.containers["odoo"]+" 2>&1").Stdout
}
