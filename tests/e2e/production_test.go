package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProduction is the life of one production on booted machines. Its parts
// run in order, because each begins where the one before left the machines;
// one that fails ends the run, so that what is seen first is the cause.
func TestProduction(t *testing.T) {
	p := newProject(t)
	var prod production

	step := func(name string, f func(t *testing.T)) {
		t.Helper()
		if !t.Run(name, f) {
			t.FailNow()
		}
	}

	step("up killed at any moment completes when run again", func(t *testing.T) {
		// Before the first kill nothing must be left to build.
		p.must(t, "scripts/tools/install")
		p.must(t, "scripts/build")
		for _, after := range []time.Duration{8 * time.Second, 20 * time.Second, 45 * time.Second} {
			p.killAfter(t, after, "scripts/up")
		}
		r := p.run(t, "scripts/up")
		if r.code != 0 {
			// A killed engine leaves its lock; the error has to say how to clear it.
			require.Contains(t, r.stderr, "--cancel", "the error names the way out")
			p.must(t, "scripts/up")
		}
		prod.load(t, p)
	})

	step("the printed URL answers with the login page", func(t *testing.T) {
		body := get(t, prod.URL+"/web/login", http.StatusOK)
		assert.Contains(t, body, "csrf_token")
	})

	step("smoke sees what a user would", func(t *testing.T) { prod.smoke(t, p) })

	step("a commit is in the bucket within a minute", func(t *testing.T) {
		p.sql(t, prod.PrivateIP, "create table if not exists e2e_wal (n int)")
		wal := p.sql(t, prod.PrivateIP, "insert into e2e_wal values (1); select pg_walfile_name(pg_current_wal_lsn())")
		wal = wal[strings.LastIndex(wal, "\n")+1:]
		eventually(t, time.Minute, "segment "+wal+" in the bucket", func(context.Context) (bool, string) {
			return prod.bucketHas(t, p, wal), ""
		})
	})

	step("plain pulumi preview shows no change, before and after a refresh", func(t *testing.T) {
		noChange(t, p)
		r := p.pulumi(t, "refresh", "-s", "production", "--yes", "--non-interactive", "--expect-no-changes")
		require.Zero(t, r.code, "refresh shows drift:\n%s%s", r.stdout, r.stderr)
		noChange(t, p)
	})

	step("a container deleted behind Pulumi's back is found and repaired", func(t *testing.T) {
		r := p.ssh(t, "production", prod.PrivateIP, "docker rm -f odoo")
		require.Zero(t, r.code, r.stderr)
		r = p.pulumi(t, "refresh", "-s", "production", "--yes", "--non-interactive")
		require.Zero(t, r.code, r.stderr)
		p.must(t, "bin/odooops", "up", "production")
		prod.loginPage(t)
	})

	step("a replaced Odoo container keeps database and filestore", func(t *testing.T) {
		prod.remember(t, p)
		p.must(t, "bash", "-c", `eval "$(bin/odooops local env)"; pulumi up -s production --yes --non-interactive --skip-preview --target-replace "$(pulumi stack -s production --show-urns | grep -o 'urn:.*Container::.*odoo$' | head -n1)"`)
		prod.loginPage(t)
		prod.remembers(t, p)
	})

	step("destroy refuses while data is protected, before it deletes anything", func(t *testing.T) {
		before := p.must(t, "bin/odooops", "local", "status", "--json")
		r := p.run(t, "bin/odooops", "destroy", "production")
		require.NotZero(t, r.code)
		assert.Contains(t, r.stderr, "protected")
		after := p.must(t, "bin/odooops", "local", "status", "--json")
		assert.JSONEq(t, before, after)
		prod.loginPage(t)
	})

	step("a full data disk does not stop Postgres from committing", func(t *testing.T) {
		r := p.ssh(t, "production", prod.PrivateIP,
			`sudo sh -c 'dd if=/dev/zero of=/data/production/current/filestore/fill bs=1M count=30000 2>&1 | tail -n1'`)
		t.Log(r.stdout)
		t.Cleanup(func() {
			p.ssh(t, "production", prod.PrivateIP, "sudo rm -f /data/production/current/filestore/fill")
		})
		p.sql(t, prod.PrivateIP, "insert into e2e_wal select generate_series(1,100000)")
		p.sql(t, prod.PrivateIP, "checkpoint")
	})

	step("host replace keeps database and filestore", func(t *testing.T) {
		old := prod.HostID
		prod.remember(t, p)
		p.must(t, "bin/odooops", "host", "replace", "production")
		prod.load(t, p)
		require.NotEqual(t, old, prod.HostID)
		prod.loginPage(t)
		prod.remembers(t, p)
		noChange(t, p)
	})

	step("a host that is down: up without changes and status answer and say so", func(t *testing.T) {
		prod.kill(t, p)
		r := p.run(t, "bin/odooops", "status")
		assert.Less(t, r.took, 30*time.Second)
		assert.Contains(t, r.stdout+r.stderr, "down")
		r = p.run(t, "bin/odooops", "up", "production")
		assert.Less(t, r.took, time.Minute)
		assert.Contains(t, r.stdout+r.stderr, "down")
	})

	step("host replace of a dead machine keeps database and filestore", func(t *testing.T) {
		old := prod.HostID
		p.must(t, "bin/odooops", "host", "replace", "production")
		prod.load(t, p)
		require.NotEqual(t, old, prod.HostID)
		prod.loginPage(t)
		prod.remembers(t, p)
		noChange(t, p)
		prod.smoke(t, p)
	})

	step("make down leaves nothing behind", func(t *testing.T) {
		p.must(t, "scripts/down")
		for what, list := range map[string][]string{
			"containers": {"docker", "ps", "-aq", "--filter", "label=odooops.localcloud=e2e"},
			"volumes":    {"docker", "volume", "ls", "-q", "--filter", "label=odooops.localcloud=e2e"},
			"networks":   {"docker", "network", "ls", "-q", "--filter", "label=odooops.localcloud=e2e"},
		} {
			assert.Empty(t, output(t, "", nil, list[0], list[1:]...), what)
		}
		assert.NotContains(t, output(t, "", nil, "losetup", "-l"), p.dir, "loop devices")
		processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
		require.NoError(t, err)
		for _, file := range processes {
			line, _ := os.ReadFile(file)
			assert.NotContains(t, string(line), p.dir+"/bin/odooops", "process %s", file)
		}
	})
}

// production is what `odooops status` says of it.
type production struct {
	URL       string `json:"url"`
	HostID    string `json:"hostId"`
	PrivateIP string `json:"privateIp"`
	Bucket    string `json:"walBucket"`
	memory    string
}

func (prod *production) load(t *testing.T, p *project) {
	t.Helper()
	var stacks []struct {
		Stack   string
		Outputs production
	}
	p.json(t, &stacks, "status")
	for _, s := range stacks {
		if s.Stack == "production" {
			memory := prod.memory
			*prod = s.Outputs
			prod.memory = memory
			return
		}
	}
	require.Fail(t, "status does not list production")
}

func (prod *production) loginPage(t *testing.T) {
	t.Helper()
	eventually(t, 2*time.Minute, "login page", func(ctx context.Context) (bool, string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, prod.URL+"/web/login", nil)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false, err.Error()
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode == http.StatusOK, res.Status
	})
}

func (prod *production) smoke(t *testing.T, p *project) {
	t.Helper()
	var report struct {
		Checks []struct{ Name, Result, Detail string }
	}
	r := p.run(t, "bin/odooops", "smoke", "production", "--json")
	require.Zero(t, r.code, "smoke: %s%s", r.stdout, r.stderr)
	decode(t, r.stdout, &report)
	require.NotEmpty(t, report.Checks)
	for _, c := range report.Checks {
		if c.Name == "pdf" && c.Result == "SKIP" {
			continue
		}
		assert.Equal(t, "PASS", c.Result, "%s: %s", c.Name, c.Detail)
	}
}

// remember writes a row and a file that remembers looks for.
func (prod *production) remember(t *testing.T, p *project) {
	t.Helper()
	prod.memory = fmt.Sprintf("e2e %d", time.Now().UnixNano())
	p.sql(t, prod.PrivateIP, "create table if not exists e2e_memory (what text)")
	p.sql(t, prod.PrivateIP, "insert into e2e_memory values ('"+prod.memory+"')")
	r := p.ssh(t, "production", prod.PrivateIP, "echo '"+prod.memory+"' | sudo tee /data/production/current/filestore/e2e >/dev/null")
	require.Zero(t, r.code, r.stderr)
}

func (prod *production) remembers(t *testing.T, p *project) {
	t.Helper()
	assert.Equal(t, "1", p.sql(t, prod.PrivateIP, "select count(*) from e2e_memory where what = '"+prod.memory+"'"))
	r := p.ssh(t, "production", prod.PrivateIP, "docker exec odoo cat /var/lib/odoo/e2e")
	assert.Equal(t, prod.memory, strings.TrimSpace(r.stdout), "the file that Odoo sees; %s", r.stderr)
}

// kill ends the machine as a power cut would.
func (prod *production) kill(t *testing.T, p *project) {
	t.Helper()
	pid := strings.TrimSpace(output(t, "", nil, "docker", "inspect", "-f", "{{.State.Pid}}",
		strings.Fields(output(t, "", nil, "docker", "ps", "-q", "--filter", "label=odooops.localcloud=e2e", "--filter", "label=odooops.droplet="+prod.HostID))[0]))
	var n int
	_, err := fmt.Sscan(pid, &n)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(n, syscall.SIGKILL))
}

// bucketHas looks for an archived segment in the bucket, with the account's own key.
func (prod *production) bucketHas(t *testing.T, p *project, segment string) bool {
	t.Helper()
	out := p.must(t, "bash", "-c", `eval "$(bin/odooops local env)"; env | grep -E '^(SPACES_)'`)
	vars := map[string]string{}
	for _, line := range strings.Split(out, "\n") {
		if key, value, ok := strings.Cut(line, "="); ok {
			vars[key] = value
		}
	}
	for _, key := range bucketKeys(t, vars, prod.Bucket) {
		if strings.Contains(key, segment) {
			return true
		}
	}
	return false
}

func noChange(t *testing.T, p *project) {
	t.Helper()
	r := p.pulumi(t, "preview", "-s", "production", "--non-interactive", "--expect-no-changes")
	require.Zero(t, r.code, "preview shows changes:\n%s%s", r.stdout, r.stderr)
}

func get(t *testing.T, url string, status int) string {
	t.Helper()
	res, err := http.Get(url)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, status, res.StatusCode, "%s: %s", url, body)
	return string(body)
}
