package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// loadStaging reads what the outside may know of staging, logged in.
func loadStaging(t *testing.T, c *checkout.Checkout) *site {
	t.Helper()
	var out struct {
		Hostname, PrivateIP, EdgeLogin, AdminLogin string
		Containers                                 map[string]string
	}
	r := c.Pulumi(t, "stack", "output", "-s", "staging", "--json")
	require.Zero(t, r.Code, r.All())
	checkout.Decode(t, r.Stdout, &out)
	secret := func(key string) string {
		r := c.Pulumi(t, "config", "get", "odooops:"+key, "-s", "staging")
		require.Zero(t, r.Code, r.Stderr)
		return strings.TrimSpace(r.Stdout)
	}
	name, zone, _ := strings.Cut(out.Hostname, ".")
	s := &site{
		stack: "staging", host: out.Hostname, mailHost: name + "-mail." + zone,
		user: out.EdgeLogin, password: secret("edgePassword"),
		login: out.AdminLogin, secret: secret("odooAdminPassword"),
		address: out.PrivateIP, sshDir: ".odooops/ssh/staging", containers: out.Containers,
	}
	s.answers(t, 2*time.Minute)
	s.logIn(t)
	return s
}

// onlyTwoCrons says that nothing runs by itself but cleaning up and the mail queue.
func onlyTwoCrons(t *testing.T, c *checkout.Checkout, s *site) {
	t.Helper()
	active := s.sql(t, c, "select string_agg(d.module || '.' || d.name, ' ' order by d.name) from ir_cron c "+
		"join ir_model_data d on d.model = 'ir.cron' and d.res_id = c.id where c.active")
	require.Equal(t, "base.autovacuum_job mail.ir_cron_mail_scheduler_action", active)
	require.Equal(t, "0", s.sql(t, c, "select count(*) from res_users where login in ('admin','demo','portal') and active"), "default accounts")
	require.NotEmpty(t, s.sql(t, c, "select name from mail_alias_domain"), "the domain of catch-all addresses")
}
