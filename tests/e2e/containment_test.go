package e2e

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// gateway is this computer as the machines of these tests see the internet.
const gateway = "10.125.0.1"

// outside is a server on the internet that must never hear of an environment.
type outside struct {
	port  int
	calls atomic.Int32
}

func listenOutside(t *testing.T, port int) *outside {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", gateway, port))
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	o := &outside{port: l.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			o.calls.Add(1)
			_, _ = conn.Write([]byte("220 outside\r\n"))
			_ = conn.Close()
		}
	}()
	return o
}

// mailIsCaught sends mail every way there is: at once, through the queue, and
// by outside servers that an administrator added. All of it is in the site's
// own MailHog, and nowhere else.
func mailIsCaught(t *testing.T, c *checkout.Checkout, s *site, others ...*site) {
	t.Helper()
	mark := fmt.Sprintf("%s %d", s.stack, time.Now().UnixNano())
	mail := func(how string) int {
		return s.create(t, "mail.mail", map[string]any{
			"subject": mark + " " + how, "body_html": "<p>hello</p>",
			"email_to": "somebody@example.com", "email_from": "odoo@example.org",
		})
	}

	s.call(t, "mail.mail", "send", []int{mail("at once")})
	mail("queued")
	s.trigger(t, c, s.find(t, "mail", "ir_cron_mail_scheduler_action"))

	var servers []*outside
	for port, encryption := range map[int]string{465: "ssl", 2525: "starttls"} {
		server := listenOutside(t, port)
		servers = append(servers, server)
		id := s.create(t, "ir.mail_server", map[string]any{
			"name": "outside", "smtp_host": gateway, "smtp_port": port, "smtp_encryption": encryption,
			"smtp_authentication": "login", "smtp_user": "me", "smtp_pass": "secret", "sequence": 1,
		})
		s.call(t, "mail.mail", "send", []int{mail("by an outside server on " + fmt.Sprint(port))})
		s.call(t, "ir.mail_server", "unlink", []int{id})
	}

	sent := []string{"at once", "queued", "by an outside server on 465", "by an outside server on 2525"}
	checkout.Eventually(t, 2*time.Minute, "four mails in MailHog of "+s.stack, func(ctx context.Context) (bool, string) {
		subjects, err := s.subjects(ctx)
		if err != nil {
			return false, err.Error()
		}
		for _, how := range sent {
			if !slices.Contains(subjects, mark+" "+how) {
				return false, fmt.Sprintf("no %q among %q", how, subjects)
			}
		}
		return true, ""
	})
	for _, server := range servers {
		assert.Zero(t, server.calls.Load(), "connections to the outside server on %d", server.port)
	}
	for _, other := range others {
		subjects, err := other.subjects(t.Context())
		require.NoError(t, err)
		for _, subject := range subjects {
			assert.NotContains(t, subject, mark, "in MailHog of %s", other.stack)
		}
	}
}

// callsOutsideFail presses a button and runs a job that call an outside URL:
// both fail and are in the log, and nobody outside heard of it.
func callsOutsideFail(t *testing.T, c *checkout.Checkout, s *site) {
	t.Helper()
	server := listenOutside(t, 0)
	partner := s.find(t, "base", "model_res_partner")
	button := s.create(t, "ir.actions.server", map[string]any{
		"name": "call outside", "model_id": partner, "state": "webhook",
		"webhook_url": fmt.Sprintf("http://%s:%d/button", gateway, server.port),
	})
	s.callWith(t, "ir.actions.server", "run", map[string]any{
		"context": map[string]any{"active_model": "res.partner", "active_id": 1, "active_ids": []int{1}},
	}, []int{button})
	// Odoo's own job that reports to its maker.
	s.trigger(t, c, s.find(t, "mail", "ir_cron_module_update_notification"))

	checkout.Eventually(t, time.Minute, "both failures are in the log", func(context.Context) (bool, string) {
		log := s.odooLog(t, c)
		for _, line := range []string{"Webhook call failed", "publisher warranty server"} {
			if !strings.Contains(log, line) {
				return false, fmt.Sprintf("no %q in %s", line, log[max(0, len(log)-2000):])
			}
		}
		return true, ""
	})
	assert.Zero(t, server.calls.Load(), "connections from "+s.stack)
	s.sql(t, c, "update ir_cron set active = false where id = (select res_id from ir_model_data where module = 'mail' and name = 'ir_cron_module_update_notification')")

	// Names of the outside are a way out too.
	for what, command := range map[string]string{
		"a name":      "import socket; socket.getaddrinfo('example.com', 443)",
		"an address":  "import socket; socket.create_connection(('" + gateway + "', 443), 3)",
		"metadata":    "import socket; socket.create_connection(('169.254.169.254', 80), 3)",
		"the machine": "import socket; socket.create_connection(('" + s.address + "', 22), 3)",
	} {
		r := s.onHost(t, c, "docker exec "+s.containers["odoo"]+" python3 -c \""+command+"\"")
		assert.NotZero(t, r.Code, "%s is reached from %s", what, s.containers["odoo"])
		assert.Regexp(t, "OSError|gaierror|TimeoutError", r.Stderr, what)
	}
}
