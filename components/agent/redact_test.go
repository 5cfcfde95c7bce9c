package agent_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leaks are lines with a secret in them, which is always made of S3CR.
var leaks = []string{
	`connecting to postgres://odoo:S3CRet@db:5432/odoo?sslmode=disable`,
	`dsn postgresql://odoo:S3CR@with@at@db/odoo`,
	`amqp://u:S3CR/slash@mq:5672/`,
	`redis://:S3CR@cache:6379/0`,
	`https://user:S3CR@example.com/path`,
	`psycopg2.connect("dbname=odoo user=odoo password=S3CR host=db")`,
	`password='S3CR word' host=db`,
	`{"password": "S3CR word", "login": "x"}`,
	`{'passwd': 'S3CR'}`,
	`{"password": "a\"S3CR"}`, `{'password': 'a\'S3CR'}`,
	`password=a,S3CR`, `password=a;S3CR)`, `token=a&S3CR`,
	`"{\"password\": \"S3CR\"}"`,
	`PGPASSWORD=S3CR psql -h db`,
	`COMMAND=/usr/bin/odoo --db_password S3CR -d odoo`,
	`COMMAND=/usr/bin/odoo --db_password=S3CR -d odoo`,
	`ALTER ROLE odoo PASSWORD 'S3CR'`,
	`CREATE ROLE x LOGIN ENCRYPTED PASSWORD 'S3CR word'`,
	`admin_passwd = S3CR`,
	`smtp_password: S3CR`,
	`api_key=S3CR`, `apikey: S3CR`, `X-Api-Key: S3CR`, `api-key => S3CR`,
	`client_secret=S3CR&grant=x`, `secret: "S3CR"`, `aws_secret_access_key = S3CR/x+y`,
	`access_token=S3CR`, `refresh_token: S3CR`, `csrf_token=S3CR`, `token=S3CR`, `oauth_token_secret="S3CR"`,
	`session_id=S3CR; Path=/`, `sessionid=S3CR`, `sid: S3CR`,
	`Cookie: session_id=abc; frontend_lang=S3CR`, `Set-Cookie: x=S3CR; HttpOnly`, `{"Cookie": "a=S3CR"}`,
	`Authorization: Basic S3CRabc=`, `authorization: Bearer S3CR`, `"Authorization": "Token S3CR"`, `{'Authorization': 'S3CR'}`, `Proxy-Authorization: Basic S3CR`,
	`sent bearer S3CRabcdefghijklmnop`,
	`GET /web/reset_password?token=S3CR&db=odoo`,
	`"GET /web/signup?token=S3CR HTTP/1.1" 200 -`,
	`2026-11-22 08:00:00,123 7 INFO odoo werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "GET /my/orders/12?access_token=S3CR&x=S3CR HTTP/1.1" 200 - 1 0.1 0.1`,
	`2026-11-22 08:00:00,123 7 INFO odoo werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "GET /web?q=S3CR HTTP/1.1" 200 - 1 0.1 0.1`,
	`2026-11-22 08:00:00,123 7 INFO odoo odoo.addons.base.models.res_users: Login failed for login:S3CR word@example.com from 10.1.2.3`,
	`2026-11-22 08:00:00,123 7 INFO odoo odoo.addons.base.models.res_users: Login failed for db:odoo login:S3CR from 10.1.2.3`,
	`2026-11-22 08:00:00,123 7 WARNING odoo odoo.addons.base.models.res_users: Login attempt ignored for 10.1.2.3 (user 'S3CR') on odoo: 5 failures`,
	`{"level":"info","DownstreamStatus":200,"RequestPath":"/web/reset_password?token=S3CR\u0026db=odoo","RequestAddr":"x"}`,
	`-----BEGIN OPENSSH PRIVATE KEY----- S3CRb3BlbnNzaC1rZXktdjEAAAAA -----END OPENSSH PRIVATE KEY-----`,
	"2026-11-22 08:00:00,123 7 ERROR odoo x: failed\nTraceback (most recent call last):\n  File \"x\", line 1\n    connect('postgres://odoo:S3CR@db/odoo')\nOperationalError: password=S3CR",
	`jwt eyJS3CRxxxxx.S3CRyyyyyyyy.S3CRzzzz`,
}

// looks are tokens that are known by their looks alone.
var looks = []string{
	"dop_v1_" + strings.Repeat("5ec4e7", 11), "ghp_" + strings.Repeat("5ec4e7", 6), "github_pat_" + strings.Repeat("5ec4e7", 6),
	"AKIA5EC4E75EC4E75EC4", "glpat-5ec4e75ec4e75ec4e7", "AGE-SECRET-KEY-15EC4E75EC4E7", "key-" + strings.Repeat("5ec4e75e", 4),
	"xoxb-5ec4e75ec4e7",
	`2026-11-22 08:00:00,123 7 INFO odoo werkzeug: 10.1.2.3 - - [x] "GET /survey/start/5ec4e75e-c4e7-5ec4-e75e-5ec4e75ec4e7 HTTP/1.1" 200 - 1 0.1 0.1`,
}

func TestNoSecretLeavesTheHost(t *testing.T) {
	h := newHost(t)
	var journal strings.Builder
	expected := 0
	for i, role := range []string{"odoo", "postgres", "edge", "mail"} {
		c := h.container(t, strings.Repeat(string(rune('a'+i)), 64), "production", "production", role)
		for _, text := range append(append([]string{}, leaks...), looks...) {
			if role == "odoo" && !strings.HasPrefix(text, "2026") {
				text = stamp + "INFO odoo x: " + text
			}
			if role != "odoo" && (strings.Contains(text, "\n") || strings.Contains(text, "/survey/")) {
				continue // Odoo's alone
			}
			expected++
			c.say(t, strings.Split(text, "\n")...)
		}
	}
	for _, text := range append(append([]string{}, leaks...), looks...) {
		if strings.Contains(text, "/survey/") {
			continue
		}
		expected++
		journal.WriteString(`{"__CURSOR":"s=` + strings.Repeat("1", expected) + `","__REALTIME_TIMESTAMP":"1795334400000000","SYSLOG_IDENTIFIER":"sudo","PRIORITY":"5","MESSAGE":` + strconv.Quote(text) + "}\n")
	}
	h.journal(t, journal.String())
	h.start(t, logs...)
	lines := h.receiver.seen(t, expected)
	require.Len(t, lines, expected)
	for _, l := range lines {
		assert.NotContains(t, l.body, "S3CR")
		assert.NotRegexp(t, "(?i)5ec4e7", l.body)
	}
	all := h.receiver.raw.String()
	assert.NotContains(t, all, "S3CR", "neither in a line nor in an attribute")
}

func TestWhatIsNoSecretStays(t *testing.T) {
	h := newHost(t)
	c := h.container(t, strings.Repeat("a", 64), "production", "production", "postgres")
	keep := []string{
		`FATAL:  password authentication failed for user "odoo"`,
		`LOG:  checkpoint complete: wrote 12 buffers (0.1%); 0 WAL file(s) added`,
		`ERROR:  duplicate key value violates unique constraint "res_users_login_key"`,
		`connection to http://10.20.0.9:4318/otlp/v1/logs refused`,
		`image sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef pulled`,
		`Basic module loaded`,
	}
	c.say(t, keep...)
	h.start(t, logs...)
	lines := h.receiver.seen(t, len(keep))
	for _, text := range keep {
		find(t, lines, text)
	}
}
