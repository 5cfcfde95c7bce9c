package production

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/generation"
	"github.com/odooops/odooops/stacks/config"
)

// These tests restore real clusters in real containers, on this computer as
// the host. ODOOOPS_TEST_POSTGRES names the image; without it they are skipped.

const (
	subnet  = "10.77.8.0/24"
	gateway = "10.77.8.1"
)

// site is a stack called site whose host this computer plays.
type site struct {
	t     *testing.T
	dir   string // what is /data on a host
	image string
	host  *generation.Host
	out   config.OdooOutputs
	runs  string // files of its containers
	// path and cipher of its repositories.
	path, cipher string
}

func newSite(t *testing.T) *site {
	t.Helper()
	image := os.Getenv("ODOOOPS_TEST_POSTGRES")
	if image == "" {
		t.Skip("ODOOOPS_TEST_POSTGRES names no image")
	}
	s := &site{t: t, dir: t.TempDir(), image: image, runs: t.TempDir(), path: "/pgbackrest", cipher: "cipher-of-the-site"}
	s.clear() // what a run that was killed left
	s.docker("network", "create", "--subnet", subnet, "--gateway", gateway, "site-archive")
	t.Cleanup(s.clear)
	s.storage()
	s.out = config.OdooOutputs{
		Stanza: "site", Database: "odoo", Images: config.Images{Postgres: image},
		Containers: map[string]string{"postgres": "site-postgres", "backup": "site-backup", "odoo": "site-odoo"},
	}
	s.empty()
	s.host = generation.Open(s.sshd(), "site")
	t.Cleanup(func() { _ = s.host.Close() })
	s.start()
	return s
}

// empty is a new volume.
func (s *site) empty() {
	s.t.Helper()
	s.shell(`cd %s && rm -rf site && mkdir -p site/gen-0001/postgres site/gen-0001/filestore/filestore/odoo && ln -s gen-0001 site/current
		chown 999:999 site/gen-0001/postgres && chmod 700 site/gen-0001/postgres && chown -R 101:101 site/gen-0001/filestore`, s.dir)
}

func (s *site) try(args ...string) (string, error) {
	out, err := exec.Command("docker", args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (s *site) docker(args ...string) string {
	s.t.Helper()
	out, err := s.try(args...)
	require.NoError(s.t, err, out)
	return out
}

func (s *site) shell(format string, args ...any) string {
	s.t.Helper()
	out, err := exec.Command("bash", "-euc", fmt.Sprintf(format, args...)).CombinedOutput()
	require.NoError(s.t, err, string(out))
	return strings.TrimSpace(string(out))
}

// storage serves both repositories.
func (s *site) storage() {
	s.t.Helper()
	dir := s.t.TempDir()
	program := filepath.Join(dir, "storage")
	s.shell("cd ../../.. && go build -o %s ./scripts/images/storage", program)
	cmd := exec.Command(program, dir, gateway)
	var said bytes.Buffer
	cmd.Stderr = &said
	require.NoError(s.t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	s.t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	require.Eventually(s.t, func() bool {
		_, err := net.DialTimeout("tcp", gateway+":443", time.Second)
		return err == nil
	}, 10*time.Second, 100*time.Millisecond)
	select {
	case <-ended: // another's answers there
		require.Fail(s.t, "the repositories are not served", said.String())
	case <-time.After(200 * time.Millisecond):
	}
	certs := filepath.Join(s.runs, "certs")
	require.NoError(s.t, os.MkdirAll(certs, 0o755))
	s.shell("cat $(find %s/trust -name '*.pem' -o -name '*.crt') | sed -n '/BEGIN CERT/,/END CERT/p' >%s/ca-certificates.crt", dir, certs)
}

func (s *site) archive(numbers ...int) map[string]any {
	var list []map[string]any
	for _, n := range numbers {
		list = append(list, map[string]any{
			"number": n, "endpoint": map[int]string{1: "one", 2: "two"}[n] + ".storage.test", "region": "fra1",
			"bucket": "wal", "path": s.path, "filesBucket": "files", "keyId": "key", "secret": "secret",
		})
	}
	return map[string]any{"stanza": s.out.Stanza, "database": "odoo", "cipher": s.cipher, "repositories": list}
}

// start makes the stack's containers; odoo is one that only waits.
func (s *site) start() {
	s.t.Helper()
	write := func(name string, content any) {
		text, ok := content.(string)
		if !ok {
			b, err := json.Marshal(content)
			require.NoError(s.t, err)
			text = string(b)
		}
		require.NoError(s.t, os.WriteFile(filepath.Join(s.runs, name), []byte(text), 0o600))
	}
	write("archive.json", s.archive(1, 2))
	write("postgres.json", map[string]string{"superuserPassword": "super", "odooUser": "odoo", "odooPassword": "first", "database": "odoo"})
	write("postgresql.conf", "wal_level = replica\narchive_mode = on\narchive_timeout = 60s\narchive_command = '/usr/local/lib/odooops/pgbackrest-archive %p'\n")
	write("crontab", "0 3 * * * true\n")
	write("backup.json", map[string]any{"annotations": map[string]string{}})
	s.docker("volume", "create", "site-socket")
	s.t.Cleanup(s.remove)
	current := filepath.Join(s.dir, "site", "current")
	for _, c := range []struct{ name, command string }{{"postgres", "postgres"}, {"backup", "backup"}} {
		args := []string{"run", "--detach", "--name", "site-" + c.name, "--network", "site-archive", "--stop-signal", "SIGINT", "--cap-drop", "ALL"}
		for _, capability := range []string{"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"} {
			args = append(args, "--cap-add", capability)
		}
		args = append(args, s.reach()...)
		args = append(args, "--volume", s.runs+":/run/odooops:ro", "--volume", "site-socket:/var/run/postgresql",
			"--volume", current+"/postgres:/var/lib/postgresql/data", "--volume", current+"/filestore:/filestore:ro", s.image, c.command)
		s.docker(args...)
	}
	s.docker("run", "--detach", "--name", "site-odoo", "--network", "none", "--entrypoint", "sleep", s.image, "infinity")
	s.ready()
	s.sql("CREATE TABLE res_users (id int, write_date timestamp DEFAULT (now() AT TIME ZONE 'UTC'))")
	s.sql("INSERT INTO res_users VALUES (1)")
	s.sql("CREATE TABLE ir_attachment (store_fname text)")
	s.sql("CREATE TABLE ir_module_module (name text, latest_version text, state text)")
	s.sql("CREATE TABLE notes (n int, write_date timestamp DEFAULT (now() AT TIME ZONE 'UTC'))")
}

// clear leaves nothing of the stack on this computer.
func (s *site) clear() {
	s.remove()
	if left, err := s.try("ps", "--all", "--quiet", "--filter", "network=site-archive"); err == nil && left != "" {
		_, _ = s.try(append([]string{"rm", "--force", "--volumes"}, strings.Fields(left)...)...)
	}
	_, _ = s.try("network", "rm", "site-archive")
}

func (s *site) remove() {
	_, _ = s.try("rm", "--force", "--volumes", "site-odoo", "site-backup", "site-postgres")
	_, _ = s.try("volume", "rm", "site-socket")
}

// reach are the names of the repositories, and who vouches for them.
func (s *site) reach() []string {
	return []string{
		"--add-host", "one.storage.test:" + gateway, "--add-host", "two.storage.test:" + gateway,
		"--volume", s.runs + "/certs:/etc/ssl/certs:ro",
	}
}

func (s *site) ready() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		_, err := s.try("exec", "site-postgres", "pg_isready", "--quiet", "--host=127.0.0.1")
		return err == nil
	}, 2*time.Minute, 200*time.Millisecond)
}

func (s *site) sql(statement string) string {
	s.t.Helper()
	return s.docker("exec", "--user", "postgres", "site-postgres", "psql", "-qAtd", "odoo", "-c", statement)
}

// backup makes full ones, as odooops backup run does.
func (s *site) backup(context.Context) error {
	out, err := s.try("exec", "site-backup", "/usr/local/lib/odooops/backup-run", "full")
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// firstBackup waits for the container's own.
func (s *site) firstBackup() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		logs, _ := s.try("logs", "site-backup")
		return strings.Contains(logs, "repository 1 is ready") && strings.Contains(logs, "repository 2 is ready")
	}, 5*time.Minute, 500*time.Millisecond)
}

// file makes an attachment whose content is its name.
func (s *site) file(content string) {
	s.t.Helper()
	sum := s.shell("printf %%s %q | sha1sum | cut -c1-40", content)
	dir := filepath.Join(s.dir, "site", "current", "filestore/filestore/odoo", sum[:2])
	s.shell("mkdir -p %[1]s; printf %%s %[2]q >%[1]s/%[3]s; chown -R 101:101 %[1]s", dir, content, sum)
	s.sql("INSERT INTO ir_attachment VALUES ('" + sum[:2] + "/" + sum + "')")
}

func (s *site) options(r Request) Options {
	return Options{
		Stack: "site", Out: s.out, Machine: SSH{s.host}, Archive: s.archive(r.Repo), Request: r, Reuse: true,
		Own:    generation.Own{Database: "odoo", User: "odoo", Password: "second", PostgresPassword: "super2"},
		Erase:  func(context.Context) (int, error) { return 0, nil },
		Backup: s.backup, Smoke: func(context.Context) error { return nil },
		Say: func(line string) { s.t.Log(line) },
	}
}

func (s *site) now() string {
	time.Sleep(1100 * time.Millisecond)
	text := s.sql(`SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`)
	time.Sleep(1100 * time.Millisecond)
	return text
}

func (s *site) current() string {
	name, err := os.Readlink(filepath.Join(s.dir, "site", "current"))
	require.NoError(s.t, err)
	return name
}

func TestATableThatWasDroppedComesBackAndTheOldDataStays(t *testing.T) {
	s := newSite(t)
	s.firstBackup()
	s.sql("INSERT INTO notes VALUES (1)")
	s.file("a picture")
	at := s.now()
	s.sql("DROP TABLE notes")
	s.sql("SELECT pg_switch_wal()")

	r, err := Run(t.Context(), s.options(Request{Repo: 1, At: at}))
	require.NoError(t, err)
	assert.Equal(t, "gen-0002", s.current())
	assert.Equal(t, "1", s.sql("SELECT n FROM notes"))
	assert.DirExists(t, filepath.Join(s.dir, "site", "gen-0001", "postgres", "pgdata"))
	assert.Equal(t, 1, r.Files.Wanted)
	assert.Empty(t, append(r.Files.Missing, r.Files.Corrupt...))
	s.docker("exec", "--env", "PGPASSWORD=second", "site-postgres", "psql", "-h", "127.0.0.1", "-U", "odoo", "-d", "odoo", "-c", "SELECT 1")

	t.Run("and again, to a later time of the new timeline", func(t *testing.T) {
		s.sql("INSERT INTO notes VALUES (2)")
		at := s.now()
		s.sql("DELETE FROM notes")
		s.sql("SELECT pg_switch_wal()")
		_, err := Run(t.Context(), s.options(Request{Repo: 2, At: at}))
		require.NoError(t, err)
		assert.Equal(t, "1\n2", s.sql("SELECT n FROM notes ORDER BY n"))
	})
	t.Run("and back", func(t *testing.T) {
		s.sql("INSERT INTO notes VALUES (3)")
		o := s.options(Request{})
		back, err := LookBack(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, int64(1), back.Rows["notes"])
		require.NoError(t, Rollback(t.Context(), o, back))
		assert.Equal(t, "gen-0002", s.current())
		assert.Equal(t, "0", s.sql("SELECT count(*) FROM notes"))
	})
	t.Run("and to a time before the way back, on the timeline that it left", func(t *testing.T) {
		_, err := Run(t.Context(), s.options(Request{Repo: 1, At: at}))
		require.NoError(t, err)
		assert.Equal(t, "1", s.sql("SELECT n FROM notes"))
	})
}

func TestAWrongWishLeavesTheStackServingWhatItServed(t *testing.T) {
	s := newSite(t)
	s.firstBackup()
	for name, r := range map[string]Request{
		"no such backup":          {Repo: 1, Backup: "20200101-000000F"},
		"before the first backup": {Repo: 1, At: "2020-01-01T00:00:00Z"},
	} {
		_, err := Run(t.Context(), s.options(r))
		require.Error(t, err, name)
		assert.ErrorContains(t, err, "nothing was changed", name)
		assert.Equal(t, "gen-0001", s.current())
		assert.Equal(t, "1", s.sql("SELECT count(*) FROM res_users"))
		assert.NoDirExists(t, filepath.Join(s.dir, "site", "gen-0002.partial"), name)
	}
}

func TestARestoreThatIsKilledAtAnyStepIsEndedByTheNextRun(t *testing.T) {
	s := newSite(t)
	s.firstBackup()
	s.sql("INSERT INTO notes VALUES (1)")
	s.file("a picture")
	at := s.now()
	s.sql("DROP TABLE notes")
	s.sql("SELECT pg_switch_wal()")
	for _, verb := range []string{"quiet", "restore", "inspect", "files"} {
		ctx, cancel := context.WithCancel(t.Context())
		o := s.options(Request{Repo: 1, At: at})
		o.Machine = killedAt{SSH{s.host}, verb, cancel}
		_, err := Run(ctx, o)
		require.Error(t, err, verb)
		s.ready()
		assert.Equal(t, "gen-0001", s.current())
	}
	r, err := Run(t.Context(), s.options(Request{Repo: 1, At: at}))
	require.NoError(t, err)
	assert.True(t, r.Resumed)
	assert.Equal(t, "gen-0002", s.current())
	assert.Equal(t, "1", s.sql("SELECT n FROM notes"))
}

// killedAt is a host whose operator goes away a moment into a verb.
type killedAt struct {
	SSH
	verb   string
	cancel context.CancelFunc
}

func (k killedAt) Ask(ctx context.Context, verb string, request, answer any, say func(string)) error {
	if verb == k.verb {
		time.AfterFunc(300*time.Millisecond, k.cancel)
	}
	if err := k.SSH.Ask(ctx, verb, request, answer, say); err != nil {
		return err
	}
	if verb == k.verb {
		k.cancel()
		return context.Canceled
	}
	return nil
}

func TestEverythingDeletedInARepositoryComesBackAsItWasBefore(t *testing.T) {
	s := newSite(t)
	s.firstBackup()
	s.sql("INSERT INTO notes VALUES (1)")
	s.file("a picture")
	s.sql("SELECT pg_switch_wal()")
	require.NoError(t, s.backup(t.Context()))
	before := s.now()
	s.docker("stop", "site-backup")
	s.docker("stop", "site-postgres")
	s.deleteAll("two", "wal")
	s.deleteAll("two", "files")
	s.shell("rm -rf %s/site/gen-0001/filestore/filestore/odoo/*", s.dir)

	o := s.options(Request{Repo: 2, RepoAt: before})
	o.Reuse = false
	r, err := Run(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, "1", s.sql("SELECT n FROM notes"))
	assert.Equal(t, 1, r.Files.Files)
	assert.Empty(t, r.Files.Missing)
}

func TestTheKitAloneBringsDataToAnotherProduction(t *testing.T) {
	s := newSite(t)
	s.firstBackup()
	s.sql("INSERT INTO notes VALUES (1)")
	s.file("a picture")
	require.NoError(t, s.backup(t.Context()))
	kit := s.archive(1)

	s.remove()
	s.empty()
	s.path, s.cipher = "/another", "cipher-of-another"
	s.start()
	s.firstBackup()
	o := s.options(Request{Repo: 1})
	o.Archive, o.Foreign, o.Reuse = kit, true, false
	o.Own.AdminPasswordHash = ""
	r, err := Run(t.Context(), o)
	require.NoError(t, err, "its new backups too: the cluster is another one than its stanza was made for")
	assert.Equal(t, "1", s.sql("SELECT n FROM notes"))
	assert.Equal(t, 1, r.Files.Files)
	assert.Empty(t, r.Files.Missing)
}

// deleteAll deletes every object of a bucket, as somebody with the host's key can.
func (s *site) deleteAll(store, bucket string) {
	s.t.Helper()
	list, err := http.Get(fmt.Sprintf("http://%s/keys?store=%s&bucket=%s&prefix=", gateway, store, bucket))
	require.NoError(s.t, err)
	defer func() { _ = list.Body.Close() }()
	text, err := io.ReadAll(list.Body)
	require.NoError(s.t, err)
	require.NotEmpty(s.t, strings.TrimSpace(string(text)))
	for key := range strings.FieldsSeq(string(text)) {
		req, err := http.NewRequest(http.MethodDelete, fmt.Sprintf("http://%s/key?store=%s&bucket=%s&key=%s", gateway, store, bucket, key), nil)
		require.NoError(s.t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(s.t, err)
		_ = res.Body.Close()
		require.Less(s.t, res.StatusCode, 300)
	}
}
