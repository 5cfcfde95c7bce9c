package agent_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const stamp = "2026-11-22 08:00:00,123 7 "

// find is the line that says so.
func find(t *testing.T, lines []line, part string) line {
	t.Helper()
	for _, l := range lines {
		if strings.Contains(l.body, part) {
			return l
		}
	}
	require.Fail(t, "did not arrive: "+part)
	return line{}
}

func TestALineArrivesWithWhoseItIsAndWhatItSays(t *testing.T) {
	h := newHost(t)
	type want map[string]any
	labels := func(stack, kind, role, source string) want {
		return want{"stack": stack, "kind": kind, "role": role, "source": source, "host": "production"}
	}
	cases := []struct {
		role, text string
		attributes want
	}{
		{"odoo", stamp + `INFO odoo werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "GET /web/login?redirect=/odoo HTTP/1.1" 200 - 12 0.010 0.020`,
			want{"level": "info", "database": "odoo", "event": "request", "status": int64(200), "method": "GET", "route": "/web/login", "queries": int64(12), "sql_seconds": 0.01, "python_seconds": 0.02}},
		{"odoo", stamp + `INFO odoo werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "POST /web/dataset/call_kw/res.partner/web_search_read#res.partner.web_search_read HTTP/1.1" 200 - 3 0.004 0.100`,
			want{"level": "info", "database": "odoo", "event": "request", "status": int64(200), "method": "POST", "route": "call_kw web_search_read", "queries": int64(3), "sql_seconds": 0.004, "python_seconds": 0.1}},
		{"odoo", stamp + `INFO odoo werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "POST /web/dataset/call_kw/x.y/action_secret HTTP/1.1" 500 - - - -`,
			want{"level": "info", "database": "odoo", "event": "request", "status": int64(500), "method": "POST", "route": "call_kw"}},
		{"odoo", stamp + `INFO ? werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "GET /fr_BE/shop/red-shoe-42 HTTP/1.1" 404 - 1 0.001 0.002`,
			want{"level": "info", "event": "request", "status": int64(404), "method": "GET", "route": "/shop", "queries": int64(1), "sql_seconds": 0.001, "python_seconds": 0.002}},
		{"odoo", stamp + `INFO ? longpolling: 10.1.2.3 - - [2026-11-22 08:00:00] "GET /websocket?version=19.0-3 HTTP/1.1" 101 129 0.004120 `,
			want{"level": "info", "event": "request", "status": int64(101), "method": "GET", "route": "/websocket"}},
		{"odoo", stamp + `INFO odoo odoo.addons.base.models.ir_cron: Job 'Mail: Email Queue Manager' (3) fully done (#loop 1; done 0; remaining 0; duration 0.02s)`,
			want{"level": "info", "database": "odoo", "event": "cron_done", "cron": "Mail: Email Queue Manager"}},
		{"odoo", stamp + `INFO odoo odoo.addons.base.models.ir_cron: Job 'Sync' (4) failed (#loop 1; done 0; remaining 0; duration 0.02s)`,
			want{"level": "info", "database": "odoo", "event": "cron_failed", "cron": "Sync"}},
		{"odoo", stamp + `ERROR odoo odoo.addons.base.models.ir_cron: Job 'Slow' (5) timed out`,
			want{"level": "error", "database": "odoo", "event": "cron_failed", "cron": "Slow"}},
		{"odoo", stamp + `INFO odoo odoo.addons.base.models.res_users: Login failed for login:ann@example.com from 10.1.2.3`,
			want{"level": "info", "database": "odoo", "event": "login_failed"}},
		{"odoo", stamp + `INFO odoo odoo.addons.base.models.res_users: Login successful for login:bob from 10.1.2.3`,
			want{"level": "info", "database": "odoo"}},
		{"odoo", stamp + `INFO ? odoo.service.server: Worker (12) max request (65536) reached.`, want{"level": "info", "event": "worker_recycled"}},
		{"odoo", stamp + `INFO ? odoo.service.server: Worker (13) virtual memory limit (700000000) reached.`, want{"level": "info", "event": "worker_recycled"}},
		{"odoo", stamp + `ERROR ? odoo.service.server: WorkerHTTP (14) timeout after 240s`, want{"level": "error", "event": "worker_recycled"}},
		{"odoo", stamp + `INFO ? odoo.service.server: Worker WorkerHTTP (15) alive`, want{"level": "info"}},
		{"odoo-update", stamp + `INFO odoo odoo.modules.loading: Module sale loaded in 1.20s, 300 queries (+3 other)`,
			want{"level": "info", "database": "odoo", "event": "module_update"}},
		{"odoo", stamp + `ERROR odoo odoo.addons.mail.models.mail_mail: failed sending mail (id: 7) due to refused`,
			want{"level": "error", "database": "odoo", "event": "mail_failed"}},
		{"odoo", stamp + `CRITICAL ? odoo.service.server: the end`, want{"level": "critical"}},
		{"postgres", `2026-11-22 08:00:00.123 UTC [7] LOG:  database system is ready`, want{"level": "info"}},
		{"postgres", `2026-11-22 08:00:00.123 UTC [8] ERROR:  duplicate key value`, want{"level": "error"}},
		{"postgres", `2026-11-22 08:00:00.123 UTC [9] PANIC:  could not write`, want{"level": "critical"}},
		{"backup", `2026-11-22 08:00:00.123 P00   WARN: no prior backup exists`, want{"level": "warning"}},
		{"edge", `{"level":"info","DownstreamStatus":200,"Duration":12345678,"RequestMethod":"GET","RequestPath":"/web/login?token=s3cr3t","RouterName":"odoo@file","msg":""}`,
			want{"level": "info", "event": "request", "status": int64(200), "method": "GET", "router": "odoo@file", "duration_seconds": 0.012345678}},
		{"edge", `{"level":"info","DownstreamStatus":502,"Duration":1000000,"RequestMethod":"BREW","RequestPath":"/","msg":""}`,
			want{"level": "error", "event": "request", "status": int64(502), "method": "other", "duration_seconds": 0.001}},
		{"edge", `{"level":"error","msg":"no certificate for odoo.example.com"}`, want{"level": "error"}},
		{"mail", `[SMTP 10.0.0.2:5555] Starting session`, want{"level": "info"}},
		{"loki", `level=warn ts=2026-11-22T08:00:00Z caller=x msg="slow query"`, want{"level": "warning"}},
	}
	containers := map[string]*container{}
	var at []time.Time
	for i, c := range cases {
		if containers[c.role] == nil {
			containers[c.role] = h.container(t, fmt.Sprintf("%064d", i), "production", "production", c.role)
		}
		containers[c.role].say(t, c.text)
		at = append(at, containers[c.role].at)
	}
	h.container(t, strings.Repeat("a", 64), "preview-pr-7", "preview", "odoo").say(t, stamp+"INFO odoo x: of a preview")
	h.container(t, strings.Repeat("b", 64), "", "", "").say(t, "of nobody")
	h.journal(t, strings.Join([]string{
		`{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1795334400000000","SYSLOG_IDENTIFIER":"sshd-session","PRIORITY":"6","MESSAGE":"Accepted publickey for ops"}`,
		`{"__CURSOR":"s=2","__REALTIME_TIMESTAMP":"1795334400000001","SYSLOG_IDENTIFIER":"kernel","PRIORITY":"3","MESSAGE":"Out of memory: Killed process 7 (python3)"}`,
		`{"__CURSOR":"s=3","__REALTIME_TIMESTAMP":"1795334400000002","SYSLOG_IDENTIFIER":"systemd","PRIORITY":"6","MESSAGE":"run-docker-runtime.mount: Deactivated"}`,
		`{"__CURSOR":"s=4","__REALTIME_TIMESTAMP":"1795334400000003","SYSLOG_IDENTIFIER":"systemd","PRIORITY":"4","MESSAGE":"data-reserve.service: Failed"}`,
		`{"__CURSOR":"s=5","__REALTIME_TIMESTAMP":"1795334400000004","SYSLOG_IDENTIFIER":"sudo","PRIORITY":"5","MESSAGE":"ops : COMMAND=/usr/bin/docker ps"}`,
		`{"__CURSOR":"s=6","__REALTIME_TIMESTAMP":"1795334400000005","PRIORITY":"3","MESSAGE":[104,105,27]}`,
	}, "\n")+"\n")
	h.start(t, logs...)
	lines := h.receiver.seen(t, len(cases)+7)

	for i, c := range cases {
		var got line
		for _, l := range lines {
			if l.labels["role"] == c.role && l.at.Equal(at[i]) {
				got = l
			}
		}
		delete(got.attributes, "container")
		assert.Equal(t, map[string]any(c.attributes), got.attributes, "%s\n%s", c.text, got.body)
		assert.Equal(t, map[string]any(labels("production", "production", c.role, "container")), got.labels, c.text)
	}
	preview := find(t, lines, "of a preview")
	assert.Equal(t, map[string]any(labels("previews", "preview", "odoo", "container")), preview.labels)
	assert.Equal(t, "7", preview.attributes["pr"])
	assert.Equal(t, "preview-pr-7-odoo", preview.attributes["container"])
	assert.Equal(t, map[string]any(labels("production", "production", "other", "container")), find(t, lines, "of nobody").labels)

	for text, want := range map[string][2]string{
		"Accepted publickey":                    {"sshd", "info"},
		"Out of memory: Killed":                 {"kernel", "error"},
		"systemd: data-reserve.service: Failed": {"system", "warning"},
		"COMMAND=/usr/bin/docker":               {"sudo", "info"},
	} {
		l := find(t, lines, text)
		assert.Equal(t, map[string]any(labels("production", "production", want[0], "journal")), l.labels, text)
		assert.Equal(t, want[1], l.attributes["level"], text)
		assert.Equal(t, 2026, l.at.Year(), text)
	}
	for _, l := range lines {
		assert.NotContains(t, l.body, "Deactivated", "systemd tells of each health check")
	}
	assert.Equal(t, map[string]bool{"agent:hunter2": true}, h.receiver.logins)
}

func TestATracebackIsOneLineAndNobodyElsesAreJoined(t *testing.T) {
	h := newHost(t)
	odoo := h.container(t, strings.Repeat("a", 64), "production", "production", "odoo")
	traceback := []string{
		stamp + `ERROR odoo odoo.http: Exception during request handling. `,
		"Traceback (most recent call last):",
		`  File "/usr/lib/python3/x.py", line 1, in f`,
		`    raise ValueError("a \"quoted\" <b>")`,
		`ValueError: a "quoted" <b>`, "", "During handling of the above exception, another exception occurred:", "KeyError: 'x'",
	}
	odoo.say(t, stamp+"INFO odoo x: before")
	odoo.say(t, traceback...)
	odoo.say(t, stamp+"INFO odoo x: after")
	other := h.container(t, strings.Repeat("b", 64), "production", "production", "mail")
	other.say(t, "one", "  two", "three", "")
	h.start(t, logs...)
	lines := h.receiver.seen(t, 6)
	got := find(t, lines, "Exception during")
	assert.Equal(t, strings.TrimSpace(strings.Join(traceback, "\n")), got.body)
	assert.Equal(t, "error", got.attributes["level"])
	assert.Equal(t, stamp+"INFO odoo x: before", find(t, lines, "before").body)
	assert.Equal(t, stamp+"INFO odoo x: after", find(t, lines, "x: after").body)
	for _, text := range []string{"one", "  two", "three"} {
		assert.Equal(t, text, find(t, lines, text).body)
	}
}

func TestRoutesAreFewWhateverIsAskedFor(t *testing.T) {
	h := newHost(t)
	odoo := h.container(t, strings.Repeat("a", 64), "production", "production", "odoo")
	random := rand.New(rand.NewSource(1))
	words := []string{"web", "my", "shop", "odoo", "dataset", "call_kw", "res.partner", "write", "login", "image", "content", "static",
		"websocket", "survey", "xmlrpc", "json", "2", "fr", "fr_BE", "report", "x", "action_1", "..", "%2e"}
	const n = 10_000
	var texts []string
	for range n {
		path := ""
		for range 1 + random.Intn(5) {
			if random.Intn(3) == 0 {
				path += fmt.Sprintf("/%x", random.Int63())
			} else {
				path += "/" + words[random.Intn(len(words))]
			}
		}
		texts = append(texts, fmt.Sprintf(stamp+`INFO odoo werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "GET %s?id=%d HTTP/1.1" 200 - 1 0.001 0.001`, path, random.Int()))
	}
	odoo.say(t, texts...)
	started := time.Now()
	h.start(t, logs...)
	lines := h.receiver.seen(t, n)
	t.Logf("%d lines in %s", n, time.Since(started))
	routes := map[any]int{}
	for _, l := range lines {
		routes[l.attributes["route"]]++
		require.Len(t, l.attributes, 10, l.body)
	}
	require.Len(t, lines, n)
	assert.LessOrEqual(t, len(routes), 62)
	assert.Greater(t, len(routes), 15)
	for r := range routes {
		assert.NotRegexp(t, `[0-9a-f]{8}|\?|res\.partner`, r)
	}
}
