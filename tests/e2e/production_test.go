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

	"github.com/odooops/odooops/tests/checkout"
)

// TestProduction is the life of one production on booted machines. Its parts
// run in order, because each begins where the one before left the machines;
// one that fails ends the run, so that what is seen first is the cause.
func TestProduction(t *testing.T) {
	c := checkout.New(t, "--instance e2e --subnet 10.125.0.0/20 --ports 18090")
	var prod production

	step := func(name string, f func(t *testing.T)) {
		t.Helper()
		if !t.Run(name, f) {
			t.FailNow()
		}
	}

	step("up killed at any moment completes when run again", func(t *testing.T) {
		// Before the first kill nothing must be left to build.
		c.Must(t, "scripts/tools/install")
		c.Must(t, "scripts/build")
		for _, after := range []time.Duration{8 * time.Second, 20 * time.Second, 45 * time.Second} {
			c.KillAfter(t, after, "scripts/up")
		}
		r := c.Run(t, "scripts/up")
		if r.Code != 0 {
			// A killed engine leaves its lock; the error has to say how to clear it.
			require.Contains(t, r.Stderr, "--cancel", "the error names the way out")
			c.Must(t, "scripts/up")
		}
		prod.load(t, c)
	})

	step("the printed URL answers with the login page", func(t *testing.T) {
		body := get(t, prod.url, http.StatusOK)
		assert.Contains(t, body, "csrf_token")
	})

	step("smoke sees what a user would", func(t *testing.T) { prod.smoke(t, c) })

	step("a commit is in the bucket within a minute", func(t *testing.T) {
		prod.sql(t, c, "create table if not exists e2e_wal (n int)")
		wal := prod.sql(t, c, "insert into e2e_wal values (1); select pg_walfile_name(pg_current_wal_lsn())")
		wal = wal[strings.LastIndex(wal, "\n")+1:]
		checkout.Eventually(t, time.Minute, "segment "+wal+" in the bucket", func(context.Context) (bool, string) {
			return prod.bucketHas(t, c, wal), ""
		})
	})

	step("plain pulumi preview shows no change, before and after a refresh", func(t *testing.T) {
		noChange(t, c)
		r := c.Pulumi(t, "refresh", "-s", "production", "--yes", "--expect-no-changes")
		require.Zero(t, r.Code, "refresh shows drift:\n%s%s", r.Stdout, r.Stderr)
		noChange(t, c)
	})

	step("a container deleted behind Pulumi's back is found and repaired", func(t *testing.T) {
		r := onHost(t, c, prod.PrivateIP, "docker rm -f "+prod.Containers["odoo"])
		require.Zero(t, r.Code, r.Stderr)
		r = c.Pulumi(t, "refresh", "-s", "production", "--yes")
		require.Zero(t, r.Code, r.Stderr)
		c.Must(t, "bin/odooops", "up", "production")
		prod.loginPage(t)
	})

	step("a replaced Odoo container keeps database and filestore", func(t *testing.T) {
		prod.remember(t, c)
		c.Must(t, "bash", "-c", `eval "$(bin/odooops local env)"; pulumi up -s production --yes --non-interactive --skip-preview --target-replace "$(pulumi stack -s production --show-urns | grep -o 'urn:.*Container::production-odoo$' | head -n1)"`)
		prod.loginPage(t)
		prod.remembers(t, c)
	})

	step("destroy refuses while data is protected, before it deletes anything", func(t *testing.T) {
		before := c.Must(t, "bin/odooops", "local", "status", "--json")
		r := c.Run(t, "bin/odooops", "destroy", "production")
		require.NotZero(t, r.Code)
		assert.Contains(t, r.Stderr, "protected")
		after := c.Must(t, "bin/odooops", "local", "status", "--json")
		assert.JSONEq(t, before, after)
		prod.loginPage(t)
	})

	step("a full data disk does not stop Postgres from committing", func(t *testing.T) {
		r := onHost(t, c, prod.PrivateIP,
			`sudo sh -c 'dd if=/dev/zero of=/data/production/current/filestore/fill bs=1M count=30000 2>&1 | tail -n1'`)
		t.Log(r.Stdout)
		t.Cleanup(func() {
			onHost(t, c, prod.PrivateIP, "sudo rm -f /data/production/current/filestore/fill")
		})
		prod.sql(t, c, "insert into e2e_wal select generate_series(1,100000)")
		prod.sql(t, c, "checkpoint")
	})

	step("host replace keeps database and filestore", func(t *testing.T) {
		old := prod.HostID
		prod.remember(t, c)
		c.Must(t, "bin/odooops", "host", "replace", "production")
		prod.load(t, c)
		require.NotEqual(t, old, prod.HostID)
		prod.loginPage(t)
		prod.remembers(t, c)
		noChange(t, c)
	})

	step("a host that is down: up without changes and status answer and say so", func(t *testing.T) {
		prod.kill(t, c)
		r := c.Run(t, "bin/odooops", "status")
		assert.Less(t, r.Took, 30*time.Second)
		assert.Contains(t, r.Stdout+r.Stderr, "down")
		r = c.Run(t, "bin/odooops", "up", "production")
		assert.Less(t, r.Took, time.Minute)
		assert.Contains(t, r.Stdout+r.Stderr, "down")
	})

	step("host replace of a dead machine keeps database and filestore", func(t *testing.T) {
		old := prod.HostID
		c.Must(t, "bin/odooops", "host", "replace", "production")
		prod.load(t, c)
		require.NotEqual(t, old, prod.HostID)
		prod.loginPage(t)
		prod.remembers(t, c)
		noChange(t, c)
		prod.smoke(t, c)
	})

	step("make down leaves nothing behind", func(t *testing.T) {
		c.Must(t, "scripts/down")
		for what, list := range map[string][]string{
			"containers": {"docker", "ps", "-aq", "--filter", "label=odooops.localcloud=e2e"},
			"volumes":    {"docker", "volume", "ls", "-q", "--filter", "label=odooops.localcloud=e2e"},
			"networks":   {"docker", "network", "ls", "-q", "--filter", "label=odooops.localcloud=e2e"},
		} {
			assert.Empty(t, checkout.Output(t, "", list[0], list[1:]...), what)
		}
		assert.NotContains(t, checkout.Output(t, "", "losetup", "-l"), c.Dir, "loop devices")
		processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
		require.NoError(t, err)
		for _, file := range processes {
			line, _ := os.ReadFile(file)
			assert.NotContains(t, string(line), c.Dir+"/bin/odooops", "process %s", file)
		}
	})
}

// production is what the outside knows of the stack.
type production struct {
	url string // through the front, as `make up` prints it

	HostID     string            `json:"hostId"`
	PrivateIP  string            `json:"privateIp"`
	Bucket     string            `json:"walBucket"`
	Containers map[string]string `json:"containers"`

	memory string // what remember wrote
}

func (prod *production) load(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	r := c.Pulumi(t, "stack", "output", "-s", "production", "--json")
	require.Zero(t, r.Code, r.All())
	checkout.Decode(t, r.Stdout, prod)
	var local struct{ Links []struct{ What, URL string } }
	c.JSON(t, &local, "local", "status")
	for _, link := range local.Links {
		if link.What == "production" {
			prod.url = link.URL
		}
	}
	require.NotEmpty(t, prod.url, "the local cloud names production's URL")
}

func (prod *production) loginPage(t *testing.T) {
	t.Helper()
	checkout.Eventually(t, 2*time.Minute, "login page", func(ctx context.Context) (bool, string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, prod.url, nil)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false, err.Error()
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode == http.StatusOK, res.Status
	})
}

func (prod *production) smoke(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	var report struct {
		Checks []struct{ Name, Result, Detail string }
	}
	r := c.Run(t, "bin/odooops", "smoke", "production", "--json")
	require.Zero(t, r.Code, "smoke: %s%s", r.Stdout, r.Stderr)
	checkout.Decode(t, r.Stdout, &report)
	require.NotEmpty(t, report.Checks)
	for _, c := range report.Checks {
		if c.Name == "pdf" && c.Result == "SKIP" {
			continue
		}
		assert.Equal(t, "PASS", c.Result, "%s: %s", c.Name, c.Detail)
	}
}

// remember writes a row and a file that remembers looks for.
func (prod *production) remember(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	prod.memory = fmt.Sprintf("e2e %d", time.Now().UnixNano())
	prod.sql(t, c, "create table if not exists e2e_memory (what text)")
	prod.sql(t, c, "insert into e2e_memory values ('"+prod.memory+"')")
	r := onHost(t, c, prod.PrivateIP, "echo '"+prod.memory+"' | sudo tee /data/production/current/filestore/e2e >/dev/null")
	require.Zero(t, r.Code, r.Stderr)
}

func (prod *production) remembers(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	assert.Equal(t, "1", prod.sql(t, c, "select count(*) from e2e_memory where what = '"+prod.memory+"'"))
	r := onHost(t, c, prod.PrivateIP, "docker exec "+prod.Containers["odoo"]+" cat /var/lib/odoo/e2e")
	assert.Equal(t, prod.memory, strings.TrimSpace(r.Stdout), "the file that Odoo sees; %s", r.Stderr)
}

// kill ends the machine as a power cut would.
func (prod *production) kill(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	pid := strings.TrimSpace(checkout.Output(t, "", "docker", "inspect", "-f", "{{.State.Pid}}",
		strings.Fields(checkout.Output(t, "", "docker", "ps", "-q", "--filter", "label=odooops.localcloud=e2e", "--filter", "label=odooops.localcloud.droplet="+prod.HostID))[0]))
	var n int
	_, err := fmt.Sscan(pid, &n)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(n, syscall.SIGKILL))
}

// bucketHas looks for an archived segment in the bucket, with the account's own key.
func (prod *production) bucketHas(t *testing.T, c *checkout.Checkout, segment string) bool {
	t.Helper()
	vars := map[string]string{}
	c.JSON(t, &vars, "local", "env")
	for _, key := range bucketKeys(t, vars, prod.Bucket) {
		if strings.Contains(key, segment) {
			return true
		}
	}
	return false
}

// onHost runs a shell command on production's host as the operator would, by the
// client configuration that `up` wrote.
func onHost(t *testing.T, c *checkout.Checkout, address, command string) checkout.Result {
	t.Helper()
	return c.Run(t, "ssh", "-F", ".odooops/ssh/production/config", "ops@"+address, command)
}

// sql asks production's database.
func (prod *production) sql(t *testing.T, c *checkout.Checkout, query string) string {
	t.Helper()
	r := onHost(t, c, prod.PrivateIP, "docker exec -u postgres "+prod.Containers["postgres"]+" psql -d odoo -Atqc \""+query+"\"")
	require.Zero(t, r.Code, "psql: %s", r.Stderr)
	return strings.TrimSpace(r.Stdout)
}

func noChange(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	r := c.Pulumi(t, "preview", "-s", "production", "--expect-no-changes")
	require.Zero(t, r.Code, "preview shows changes:\n%s%s", r.Stdout, r.Stderr)
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
