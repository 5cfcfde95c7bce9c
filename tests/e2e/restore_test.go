package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/tests/checkout"
)

// restored is what `odooops restore --json` prints.
type restored struct {
	Done       bool
	Failed     string
	Generation string
	Evidence   string
	Rows       int
	Steps      []struct {
		Name    string
		Seconds float64
	}
	Checks []struct {
		Name string
		Pass bool
	}
}

// restores are what is known of production's data while it goes its ways.
type restores struct {
	prod    production
	planted canaries
}

// toStaging is the way of production's data to staging.
func (d *restores) toStaging(c *checkout.Checkout, step func(string, func(*testing.T))) {
	step("production holds a random value in every column that is not kept", func(t *testing.T) {
		d.prod.load(t, c)
		d.planted = plant(t, c, &d.prod)
		s := loadSite(t, c, "production")
		d.planted.byHand(t, s)
		s.answers(t, time.Minute)
	})

	step("a backup goes to both repositories", func(t *testing.T) {
		var made []struct {
			Repository int
			Label      string
		}
		c.JSON(t, &made, "backup", "run", "production")
		require.Len(t, made, 2)
		var listed json.RawMessage
		c.JSON(t, &listed, "backup", "list", "production")
		for _, b := range made {
			assert.Contains(t, string(listed), b.Label, "repository %d", b.Repository)
		}
	})

	step("a restore that is killed at any step leaves staging as it was, and the next one ends it", func(t *testing.T) {
		staging := loadStaging(t, c)
		memory := staging.remember(t)
		var r restored
		restore := []string{"restore", "staging", "--from", "production"}
		for _, step := range []string{"prepare:", "check the manifest:", "serve:"} {
			require.True(t, c.KillAt(t, step, "bin/odooops", restore...), step)
			staging.remembers(t, memory)
		}
		// In the middle of the switch nothing is served until somebody ends it.
		require.True(t, c.KillAt(t, "stopping staging-odoo", "bin/odooops", restore...))
		c.JSON(t, &r, restore...)
		t.Log(r.Steps)
		require.True(t, r.Done)
		require.NotEmpty(t, r.Evidence)
		require.NotEmpty(t, r.Checks)
		for _, check := range r.Checks {
			assert.True(t, check.Pass, check.Name)
		}
	})

	var staging *site
	step("staging serves what is left of production's data, and says that it is staging", func(t *testing.T) {
		staging = loadStaging(t, c) // the administrator logs in with staging's password
		res, page, err := staging.request(t.Context(), http.MethodGet, staging.host, "/odoo", nil, true)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, res.StatusCode)
		assert.Contains(t, page, "neutralize", "the banner")
		onlyTwoCrons(t, c, staging)
		smokePasses(t, c, "staging")
		other := *staging
		other.login = staging.sql(t, c, "select login from res_users where active and login like '%@masked.example' order by id desc limit 1")
		require.NotEmpty(t, other.login)
		other.logIn(t)
	})

	step("what is kept is equal, and so is the number of rows", func(t *testing.T) {
		equalKept(t, c, &d.prod, staging)
	})

	step("none of production's values is on staging's machine, not even on its raw block device", func(t *testing.T) {
		d.planted.areNotOn(t, c, staging)
		noKeysOf(t, c, staging)
	})

	step("a pulumi up from another clone goes on with the restored data", func(t *testing.T) {
		users := staging.sql(t, c, "select count(*), max(id) from res_users")
		fresh := checkout.Beside(t, c)
		checkout.Output(t, "", "sh", "-c", "cd "+c.Dir+" && mkdir -p "+fresh.Dir+"/.odooops && cp -a Pulumi.*.yaml "+fresh.Dir+
			" && cp -a .odooops/state .odooops/passphrase* "+fresh.Dir+"/.odooops")
		fresh.Must(t, "bin/odooops", "up", "staging")
		r := c.Pulumi(t, "up", "-s", "staging", "--yes", "--expect-no-changes")
		require.Zero(t, r.Code, r.All())
		assert.Equal(t, users, staging.sql(t, c, "select count(*), max(id) from res_users"))
		// It may well find something wrong: the previews' host is being replaced.
		noted := c.Run(t, "bin/odooops", "status", "--json").Stdout
		assert.Contains(t, noted, "https://staging.odooops.localhost")
	})

	step("a column that nobody classified refuses the restore, and staging stays", func(t *testing.T) {
		memory := staging.remember(t)
		d.prod.sql(t, c, "alter table res_partner add column x_blood_type varchar")
		defer d.prod.sql(t, c, "alter table res_partner drop column x_blood_type")
		var check struct {
			Unclassified []struct{ Table, Column string }
		}
		r := c.Run(t, "bin/odooops", "mask", "check", "production", "--json")
		require.Equal(t, 1, r.Code)
		checkout.Decode(t, r.Stdout, &check)
		require.Len(t, check.Unclassified, 1)
		require.Equal(t, "x_blood_type", check.Unclassified[0].Column)
		c.Must(t, "bin/odooops", "backup", "run", "production", "--type", "diff")
		r = c.Run(t, "bin/odooops", "restore", "staging", "--from", "production")
		require.Equal(t, 1, r.Code, r.All())
		assert.Contains(t, r.Stderr, "res_partner.x_blood_type")
		staging.remembers(t, memory)
		assertNoQuarantine(t, c)
	})

	step("a quarantine whose disk is full ends the restore, and nothing else", func(t *testing.T) {
		memory := staging.remember(t)
		filled := make(chan checkout.Result, 1)
		go func() {
			// As soon as there is such a machine: 20 MB are left of its disk.
			filled <- c.Run(t, "bash", "-c", `eval "$(bin/odooops local env)"
				for try in $(seq 120); do
				  ip=$(pulumi stack output privateIp -s restore-staging 2>/dev/null) &&
				    ssh -i .odooops/ssh/production/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
				      -o "ProxyCommand=ssh -F .odooops/ssh/production/config -W [%h]:%p bastion" ops@$ip \
				      'mountpoint -q /data && free=$(df --output=avail -B1 /data | tail -n 1) && sudo fallocate -l $((free - 20000000)) /data/full' && exit
				  sleep 0.5
				done; exit 1`)
		}()
		r := c.Run(t, "bin/odooops", "restore", "staging", "--from", "production")
		require.Zero(t, (<-filled).Code)
		require.Equal(t, 1, r.Code, r.All())
		assert.Regexp(t, "(?i)space|disk", r.Stderr)
		assert.Contains(t, r.Stderr, "staging is as it was")
		staging.remembers(t, memory)
		assertNoQuarantine(t, c)
	})

	step("rolled back, staging serves what it had before", func(t *testing.T) {
		c.Must(t, "bin/odooops", "restore", "staging", "--rollback")
		before := loadStaging(t, c)
		assert.Equal(t, "0", before.sql(t, c, "select count(*) from res_users where login like '%@masked.example'"))
	})
}

// ofProduction is the way of production's data to the previews, and back to
// production itself.
func (d *restores) ofProduction(c *checkout.Checkout, step func(string, func(*testing.T))) {
	step("the previews get production's data masked, and their host none of the rest", func(t *testing.T) {
		c.Must(t, "bin/odooops", "backup", "run", "production", "--type", "diff")
		var r restored
		c.JSON(t, &r, "restore", "template", "--from", "production")
		require.True(t, r.Done)
		p := preview(t, c, 90)
		assert.Equal(t, "template "+r.Generation, dataOf(t, c, "preview-pr-90"))
		assert.NotEqual(t, "0", p.sql(t, c, "select count(*) from res_partner where email like '%@masked.example'"))
		d.planted.areNotOn(t, c, p)
		noKeysOf(t, c, p)
		pr(t, c, "down", 90)
	})

	step("a backup is proven by restoring it, from each repository", func(t *testing.T) {
		for repo := range 2 {
			var report json.RawMessage
			c.JSON(t, &report, "backup", "verify", "production", "--restore", "--repo", fmt.Sprint(repo+1))
			t.Logf("%s", report)
			assertNoQuarantine(t, c)
		}
	})

	step("the proof fails on a backup of which one byte is another", func(t *testing.T) {
		var made []struct {
			Repository int
			Label      string
		}
		c.JSON(t, &made, "backup", "run", "production", "--repo", "1")
		require.Len(t, made, 1)
		d.prod.corrupt(t, c, made[0].Label)
		var reports []struct {
			OK     bool
			Checks []struct {
				Name, Detail string
				OK           bool
			}
		}
		r := c.Run(t, "bin/odooops", "backup", "verify", "production", "--restore", "--repo", "1", "--json")
		require.Equal(t, 1, r.Code, r.All())
		checkout.Decode(t, r.Stdout, &reports)
		require.Len(t, reports, 1)
		assert.False(t, reports[0].OK)
		assertNoQuarantine(t, c)
		c.Must(t, "bin/odooops", "backup", "run", "production", "--repo", "1")
	})

	step("a table that was dropped is back after a restore to the minute before", func(t *testing.T) {
		d.prod.sql(t, c, "create table e2e_dropped as select generate_series(1, 1000) n")
		time.Sleep(2 * time.Second)
		at := time.Now().UTC().Format(time.RFC3339)
		time.Sleep(2 * time.Second)
		d.prod.sql(t, c, "drop table e2e_dropped")
		d.prod.sql(t, c, "select pg_switch_wal()")
		r := c.Run(t, "bin/odooops", "restore", "production", "--from", "production", "--at", at)
		require.NotZero(t, r.Code, "without --confirm")
		assert.Contains(t, r.Stderr, "--confirm production")
		c.Must(t, "bin/odooops", "restore", "production", "--from", "production", "--at", at, "--confirm", "production")
		d.prod.load(t, c)
		d.prod.loginPage(t)
		assert.Equal(t, "1000", d.prod.sql(t, c, "select count(*) from e2e_dropped"))
		r = onHost(t, c, d.prod.PrivateIP, "ls /data/production")
		assert.Contains(t, r.Stdout, "gen-0001", "the generation before")
		d.prod.sql(t, c, "drop table e2e_dropped")
		noChange(t, c)
	})

	step("Postgres that is killed under load loses no commit", func(t *testing.T) {
		d.prod.sql(t, c, "create table e2e_load (n int, at timestamptz default clock_timestamp())")
		acknowledged := d.prod.commits(t, c, 1, 4*time.Second, func() {
			r := onHost(t, c, d.prod.PrivateIP, "docker exec "+d.prod.Containers["postgres"]+" sh -c 'kill -9 $(head -n 1 $PGDATA/postmaster.pid)'")
			require.Zero(t, r.Code, r.All())
		})
		d.prod.loginPage(t)
		found, err := strconv.Atoi(d.prod.sql(t, c, "select max(n) from e2e_load"))
		require.NoError(t, err)
		t.Logf("%d commits were acknowledged, %d are there", acknowledged, found)
		assert.GreaterOrEqual(t, found, acknowledged)
	})

	step("with the recovery kit alone, production's data comes back on another machine, but for its last minute", func(t *testing.T) {
		began := time.Now()
		acknowledged := d.prod.commits(t, c, 1_000_000, 40*time.Second, func() { d.prod.kill(t) })
		lost := time.Now()
		other := rescue(t, c)
		t.Logf("back after %s", time.Since(lost).Round(time.Second))
		answer := strings.Split(other.sql(t, c, "select max(n) || ' ' || extract(epoch from max(at)) from e2e_load"), " ")
		require.Len(t, answer, 2)
		newest, err := strconv.ParseFloat(answer[1], 64)
		require.NoError(t, err)
		gone := lost.Sub(time.UnixMicro(int64(newest * 1e6)))
		t.Logf("of the commits until %d (in %s), those until %s are there: %s are lost", acknowledged, lost.Sub(began).Round(time.Second), answer[0], gone.Round(time.Second))
		assert.Less(t, gone, time.Minute)
		other.answers(t, time.Minute)
		// The old one gets a new machine, and serves what its volume holds.
		c.Must(t, "bin/odooops", "host", "replace", "production")
		d.prod.load(t, c)
		d.prod.loginPage(t)
	})
}

// corrupt changes one bit of a backup in repository 1.
func (prod *production) corrupt(t *testing.T, c *checkout.Checkout, label string) {
	t.Helper()
	bucket := prod.Repositories[0].Bucket
	pages := s3.NewListObjectsV2Paginator(c.S3(t), &s3.ListObjectsV2Input{Bucket: &bucket})
	var largest string
	var size int64
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, o := range page.Contents {
			if strings.Contains(*o.Key, "/backup/") && strings.Contains(*o.Key, "/"+label+"/") && *o.Size > size {
				largest, size = *o.Key, *o.Size
			}
		}
	}
	require.NotEmpty(t, largest)
	body, err := json.Marshal(map[string]string{"key": largest})
	require.NoError(t, err)
	api := c.Env(t, "DIGITALOCEAN_API_URL")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api+"/_local/storage/spaces/"+bucket+"/corrupt", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+c.Env(t, "DIGITALOCEAN_TOKEN"))
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusNoContent, res.StatusCode)
}

// commits writes numbered rows from first on, each in a transaction of its own,
// does something to the server after a while, and returns the last number that
// the server acknowledged.
func (prod *production) commits(t *testing.T, c *checkout.Checkout, first int, after time.Duration, meanwhile func()) int {
	t.Helper()
	var script strings.Builder
	for n := range 100_000 {
		fmt.Fprintf(&script, "insert into e2e_load values (%d) returning n;\n", first+n)
	}
	prod.put(t, c, "load.sql", script.String())
	done := make(chan checkout.Result, 1)
	go func() {
		done <- c.Run(t, "ssh", "-F", ".odooops/ssh/production/config", "-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=2", "ops@"+prod.PrivateIP,
			"docker exec -i -u postgres "+prod.Containers["postgres"]+" psql -d odoo -qAt </tmp/load.sql")
	}()
	time.Sleep(after)
	meanwhile()
	r := <-done
	lines := strings.Fields(r.Stdout)
	require.NotEmpty(t, lines, r.Stderr)
	last, err := strconv.Atoi(lines[len(lines)-1])
	require.NoError(t, err)
	return last
}

// rescue makes a production from a fresh clone without state, passphrase or
// secrets, as docs/runbooks/region-lost.md says, and restores the kit's into it.
func rescue(t *testing.T, c *checkout.Checkout) *site {
	t.Helper()
	// One account has the names of both: the new stacks have others.
	fresh := checkout.Beside(t, c)
	for _, kind := range []string{"preview-host", "preview", "staging"} {
		require.NoError(t, os.Remove(filepath.Join(fresh.Dir, "Pulumi."+kind+".yaml")))
	}
	move := func(from, to string, replace ...string) {
		text, err := os.ReadFile(filepath.Join(fresh.Dir, from))
		require.NoError(t, err)
		require.NoError(t, os.Remove(filepath.Join(fresh.Dir, from)))
		require.NoError(t, os.WriteFile(filepath.Join(fresh.Dir, to), []byte(strings.NewReplacer(replace...).Replace(string(text))), 0o644))
	}
	move("Pulumi.platform.yaml", "Pulumi.rescue.yaml", "odooops:domain: odooops.localhost", "odooops:domain: rescue.localhost\n  odooops:vpcCidr: 10.40.0.0/20\n  odooops:observability: \"false\"",
		"odooops.localhost", "rescue.localhost")
	move("Pulumi.production.yaml", "Pulumi.erp.yaml", "odooops:kind: production", "odooops:kind: production\n  odooops:platform: rescue")
	var kit struct{ Versions map[string]string }
	sealed, key := filepath.Join(c.Dir, ".odooops/recovery/production-recovery-kit.age"), filepath.Join(c.Dir, ".odooops/recovery/demo-operator-1.txt")
	fresh.JSON(t, &kit, "kit", "open", sealed, "--identity", key)
	images := []string{}
	for name, ref := range kit.Versions {
		images = append(images, name+"="+ref)
	}
	fresh.Must(t, "bin/odooops", append([]string{"images"}, images...)...)
	fresh.Must(t, "bin/odooops", "init")
	fresh.Must(t, "bin/odooops", "up", "rescue")
	fresh.Must(t, "bin/odooops", "up", "erp")
	fresh.Must(t, "bin/odooops", "restore", "erp", "--kit", sealed, "--identity", key, "--repo", "2", "--confirm", "erp")
	s := loadSite(t, fresh, "erp")
	s.sshDir = filepath.Join(fresh.Dir, s.sshDir)
	return s
}

// loadSite is a production as its administrator has it.
func loadSite(t *testing.T, c *checkout.Checkout, stack string) *site {
	t.Helper()
	var out struct {
		Hostname, PrivateIP, AdminLogin string
		Containers                      map[string]string
	}
	r := c.Pulumi(t, "stack", "output", "-s", stack, "--json")
	require.Zero(t, r.Code, r.All())
	checkout.Decode(t, r.Stdout, &out)
	s := &site{
		stack: stack, host: out.Hostname, login: out.AdminLogin,
		secret:  strings.TrimSpace(c.Pulumi(t, "config", "get", "odooops:odooAdminPassword", "-s", stack).Stdout),
		address: out.PrivateIP, sshDir: ".odooops/ssh/" + stack, containers: out.Containers,
	}
	s.answers(t, 2*time.Minute)
	s.logIn(t)
	return s
}

// equalKept compares each kept column, and the number of rows of each table
// that is not emptied.
func equalKept(t *testing.T, c *checkout.Checkout, prod *production, staging *site) {
	t.Helper()
	sources, err := manifest.Sources()
	require.NoError(t, err)
	m, err := manifest.Parse(sources)
	require.NoError(t, err)
	var questions []string
	for _, line := range strings.Split(prod.sql(t, c, "select c.table_name || '.' || c.column_name from information_schema.columns c "+
		"where table_schema = 'public' and exists (select from information_schema.columns i where i.table_schema = 'public' and i.table_name = c.table_name and i.column_name = 'id')"), "\n") {
		table, column, _ := strings.Cut(line, ".")
		of := m.Tables[table]
		switch {
		case of.Truncate || livesOn[table]:
		case column == "id":
			questions = append(questions, fmt.Sprintf("select '%s', count(*)::text from only %s", table, table))
		case of.Columns[column].Action == manifest.Keep && m.Rows[table] == nil:
			questions = append(questions, fmt.Sprintf(
				"select '%s.%s', md5(coalesce(string_agg(coalesce(%q::text, '~'), ',' order by id), '')) from only %s", table, column, column, table))
		}
	}
	require.Greater(t, len(questions), 200)
	ask := "\\set QUIET on\n\\pset format unaligned\n\\pset tuples_only on\n" + strings.Join(questions, "\nunion all ") + "\norder by 1;\n"
	assert.Equal(t, asked(t, c, ".odooops/ssh/production", prod.PrivateIP, prod.Containers["postgres"], ask),
		asked(t, c, staging.sshDir, staging.address, staging.containers["postgres"], ask))
}

// livesOn are tables that Odoo itself writes to as it starts and serves, and
// that being neutralised changes.
var livesOn = map[string]bool{
	"ir_attachment": true, "ir_cron": true, "ir_mail_server": true, "ir_config_parameter": true, "ir_ui_view": true,
	"res_users_log": true, "ir_sequence": true, "mail_message": true, "mail_mail": true,
	"discuss_channel": true, "discuss_channel_member": true, "orm_signaling_default": true, "orm_signaling_assets": true,
	"res_device": true, // a view of sessions
}

func asked(t *testing.T, c *checkout.Checkout, sshDir, address, container, script string) string {
	t.Helper()
	local := filepath.Join(t.TempDir(), "ask.sql")
	require.NoError(t, os.WriteFile(local, []byte(script), 0o644))
	c.Must(t, "scp", "-q", "-F", sshDir+"/config", local, "ops@"+address+":/tmp/ask.sql")
	return c.Must(t, "ssh", "-F", sshDir+"/config", "ops@"+address,
		"docker exec -i -u postgres "+container+" psql -v ON_ERROR_STOP=1 -d odoo </tmp/ask.sql && rm /tmp/ask.sql")
}

// noKeysOf says that a machine has neither production's cipher nor a key of a
// repository, in any file or in the environment of any process.
func noKeysOf(t *testing.T, c *checkout.Checkout, s *site) {
	t.Helper()
	secrets := []string{strings.TrimSpace(c.Pulumi(t, "config", "get", "odooops:pgbackrestCipher", "-s", "production").Stdout)}
	r := c.Pulumi(t, "stack", "output", "-s", "production", "--json", "--show-secrets")
	require.Zero(t, r.Code, r.Stderr)
	for _, m := range regexp.MustCompile(`"secret": *"([^"]+)"`).FindAllStringSubmatch(r.Stdout, -1) {
		secrets = append(secrets, m[1])
	}
	require.GreaterOrEqual(t, len(secrets), 5, "cipher, and keys of two repositories")
	for _, secret := range secrets {
		require.Greater(t, len(secret), 15)
		r := s.onHost(t, c, "printf %s '"+secret+"' | sudo grep -rlaF --exclude-dir=overlay2 -f - /data /etc /run /tmp /var/lib/docker /home /root 2>/dev/null || true; "+
			"printf %s '"+secret+"' | sudo sh -c 'cat >/dev/shm/pattern; grep -laF -f /dev/shm/pattern /proc/[0-9]*/environ; rm /dev/shm/pattern' 2>/dev/null || true")
		assert.Empty(t, strings.TrimSpace(strings.ReplaceAll(r.Stdout, "/run/shm/pattern", "")), "a secret of production's on the machine of %s", s.stack)
	}
}

// assertNoQuarantine says that no machine of a restore is left.
func assertNoQuarantine(t *testing.T, c *checkout.Checkout) {
	t.Helper()
	assert.NotContains(t, c.Must(t, "bin/odooops", "local", "status", "--json"), "restore-")
}

func dataOf(t *testing.T, c *checkout.Checkout, stack string) string {
	t.Helper()
	var stacks []struct{ Stack, Data string }
	c.JSON(t, &stacks, "status")
	for _, s := range stacks {
		if s.Stack == stack {
			return s.Data
		}
	}
	return ""
}
