package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

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

// restoreSteps are the way of production's data to staging and the previews.
func restoreSteps(t *testing.T, c *checkout.Checkout, step func(string, func(*testing.T))) {
	var prod production
	var planted canaries

	step("production holds a random value in every column that is not kept", func(t *testing.T) {
		prod.load(t, c)
		planted = plant(t, c, &prod)
		s := loadProduction(t, c)
		planted.byHand(t, s)
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
		other.login = staging.sql(t, c, "select login from res_users where active and not share and id > 5 order by id desc limit 1")
		assert.Contains(t, other.login, "@masked.example")
		other.logIn(t)
	})

	step("what is kept is equal, and so is the number of rows", func(t *testing.T) {
		equalKept(t, c, &prod, staging)
	})

	step("none of production's values is on staging's machine, not even on its raw block device", func(t *testing.T) {
		planted.areNotOn(t, c, staging)
		noKeysOf(t, c, staging)
	})

	step("a pulumi up from another clone goes on with the restored data", func(t *testing.T) {
		users := staging.sql(t, c, "select count(*), max(id) from res_users")
		c.Must(t, "bin/odooops", "up", "staging")
		r := c.Pulumi(t, "up", "-s", "staging", "--yes", "--expect-no-changes")
		require.Zero(t, r.Code, r.All())
		assert.Equal(t, users, staging.sql(t, c, "select count(*), max(id) from res_users"))
		var noted json.RawMessage
		c.JSON(t, &noted, "status")
		assert.Contains(t, string(noted), "staging")
	})

	step("a column that nobody classified refuses the restore, and staging stays", func(t *testing.T) {
		memory := staging.remember(t)
		prod.sql(t, c, "alter table res_partner add column x_blood_type varchar")
		defer prod.sql(t, c, "alter table res_partner drop column x_blood_type")
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

	step("rolled back, staging serves what it had before", func(t *testing.T) {
		c.Must(t, "bin/odooops", "restore", "staging", "--rollback")
		before := loadStaging(t, c)
		assert.Equal(t, "0", before.sql(t, c, "select count(*) from res_users where login like '%@masked.example'"))
	})

	step("the previews get production's data masked, and their host none of the rest", func(t *testing.T) {
		c.Must(t, "bin/odooops", "backup", "run", "production", "--type", "diff")
		var r restored
		c.JSON(t, &r, "restore", "template", "--from", "production")
		require.True(t, r.Done)
		p := preview(t, c, 90)
		assert.Equal(t, "template "+r.Generation, dataOf(t, c, "preview-pr-90"))
		assert.NotEqual(t, "0", p.sql(t, c, "select count(*) from res_partner where email like '%@masked.example'"))
		planted.areNotOn(t, c, p)
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

	step("a table that was dropped is back after a restore to the minute before", func(t *testing.T) {
		prod.sql(t, c, "create table e2e_dropped as select generate_series(1, 1000) n")
		time.Sleep(2 * time.Second)
		at := time.Now().UTC().Format(time.RFC3339)
		time.Sleep(2 * time.Second)
		prod.sql(t, c, "drop table e2e_dropped")
		prod.sql(t, c, "select pg_switch_wal()")
		r := c.Run(t, "bin/odooops", "restore", "production", "--from", "production", "--at", at)
		require.NotZero(t, r.Code, "without --confirm")
		assert.Contains(t, r.Stderr, "--confirm production")
		c.Must(t, "bin/odooops", "restore", "production", "--from", "production", "--at", at, "--confirm", "production")
		prod.load(t, c)
		prod.loginPage(t)
		assert.Equal(t, "1000", prod.sql(t, c, "select count(*) from e2e_dropped"))
		r = onHost(t, c, prod.PrivateIP, "ls /data/production")
		assert.Contains(t, r.Stdout, "gen-0001", "the generation before")
		prod.sql(t, c, "drop table e2e_dropped")
		noChange(t, c)
	})
}

// loadProduction is production as its administrator has it.
func loadProduction(t *testing.T, c *checkout.Checkout) *site {
	t.Helper()
	var out struct {
		Hostname, PrivateIP, AdminLogin string
		Containers                      map[string]string
	}
	r := c.Pulumi(t, "stack", "output", "-s", "production", "--json")
	require.Zero(t, r.Code, r.All())
	checkout.Decode(t, r.Stdout, &out)
	s := &site{
		stack: "production", host: out.Hostname, login: out.AdminLogin,
		secret:  strings.TrimSpace(c.Pulumi(t, "config", "get", "odooops:odooAdminPassword", "-s", "production").Stdout),
		address: out.PrivateIP, sshDir: ".odooops/ssh/production", containers: out.Containers,
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
			questions = append(questions, fmt.Sprintf("select '%s', count(*)::text from %s", table, table))
		case of.Columns[column].Action == manifest.Keep && m.Rows[table] == nil:
			questions = append(questions, fmt.Sprintf(
				"select '%s.%s', md5(coalesce(string_agg(coalesce(%q::text, '~'), ',' order by id), '')) from %s", table, column, column, table))
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
