// Package restoretest proves a backup: it restores the newest one on a machine
// of its own, looks at every page, counts rows, fetches every file that a row
// names, and starts Odoo on it. Nothing of it reaches anybody; the machine is
// destroyed at the end, whatever was found.
package restoretest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/restore/quarantine"
)

// Machine is one that can be destroyed.
type Machine interface {
	quarantine.Machine
	Destroy(ctx context.Context) error
}

// Options of a test.
type Options struct {
	Stack string
	// Archive has the one repository to restore from, with a key that reads.
	Archive backup.Archive
	// Backup is the good one that must be there; what follows it is replayed.
	Backup backup.Backup
	// Odoo and Postgres are the images. Backups say which Odoo theirs is; this
	// one is of those that don't.
	Odoo, Postgres string
	RegistryToken  string
	// Hash makes what Odoo keeps of a password.
	Hash func(password string) (string, error)
	// Open makes the machine.
	Open func(ctx context.Context) (Machine, error)
	Say  func(string)
	Now  func() time.Time
}

// Result is the evidence.
type Result struct {
	Stack      string    `json:"stack"`
	Repository int       `json:"repository"`
	OK         bool      `json:"ok"`
	Started    time.Time `json:"started"`
	Seconds    float64   `json:"seconds"`
	Backup     string    `json:"backup"`
	// LastCommit is the newest one that came back, empty when there was none
	// since the backup; CommitAgeSeconds is its age, or the backup's.
	LastCommit       string           `json:"lastCommit,omitempty"`
	CommitAgeSeconds int              `json:"commitAgeSeconds"`
	Odoo             string           `json:"odoo,omitempty"`
	Postgres         string           `json:"postgres"`
	Rows             map[string]int64 `json:"rows,omitempty"` // of the tables that must have some
	Tables           int              `json:"tables"`
	Files            int              `json:"files"`
	FileBytes        int64            `json:"fileBytes"`
	Checks           []Check          `json:"checks"`
}

// Check is one thing looked at.
type Check struct {
	Name    string  `json:"name"`
	OK      bool    `json:"ok"`
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail,omitempty"`
}

type test struct {
	Options
	result  *Result
	machine Machine
	archive string
	// password is of this run: the role's that Odoo connects by, and the
	// administrator's.
	password string
	detail   string
}

// Run tests one repository. Its error names the check that failed.
func Run(ctx context.Context, o Options) (r Result, err error) {
	r = Result{Stack: o.Stack, Repository: o.number(), Started: o.Now().UTC(), Postgres: o.Postgres, Odoo: o.Odoo, Checks: []Check{}}
	t := &test{Options: o, result: &r, password: rand.Text()}
	if t.archive, err = o.Archive.JSON(); err != nil {
		return r, err
	}
	if err := t.check(ctx, "machine", t.open); err != nil {
		return r, err
	}
	err = t.inside(ctx)
	// Also when the operator gave up: production's data is on it.
	if destroyed := t.check(context.WithoutCancel(ctx), "destroy", t.machine.Destroy); destroyed != nil {
		o.Say("warning: the machine is still there, with production's data on it: odooops ttl sweep --zone core takes it when its hour is over")
		err = errors.Join(err, destroyed)
	}
	r.Seconds = quarantine.Seconds(r.Started)
	r.OK = err == nil
	return r, err
}

func (o Options) number() int {
	if len(o.Archive.Repositories) != 1 {
		return 0
	}
	return o.Archive.Repositories[0].Number
}

func (t *test) inside(ctx context.Context) error {
	for _, c := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"prepare", t.prepare},
		{"restore", t.restore},
		{"newest commit", t.commit},
		{"checksums", t.checksums},
		{"tables and indexes", t.amcheck},
		{"rows", t.rows},
		{"files", t.files},
		{"odoo", t.odoo},
	} {
		if err := t.check(ctx, c.name, c.run); err != nil {
			return err
		}
	}
	return nil
}

func (t *test) check(ctx context.Context, name string, run func(context.Context) error) error {
	began := t.Now()
	t.detail = ""
	err := run(ctx)
	c := Check{Name: name, OK: err == nil, Seconds: t.Now().Sub(began).Seconds(), Detail: t.detail}
	if err != nil {
		c.Detail = err.Error()
	}
	t.result.Checks = append(t.result.Checks, c)
	if err == nil {
		t.Say(strings.TrimSpace(fmt.Sprintf("%s (%.1f s) %s", name, c.Seconds, c.Detail)))
		return nil
	}
	return fault.New(fmt.Sprintf("test the backups of %s, repository %d, %s", t.Stack, t.result.Repository, name),
		"odooops backup verify "+t.Stack+" says what else is damaged; make a new one: odooops backup run "+t.Stack+" --type full", err)
}

func (t *test) say(line string) { t.Say("  " + line) }

func (t *test) open(ctx context.Context) (err error) {
	t.machine, err = t.Open(ctx)
	return err
}

// prepare begins anew each time: a test proves nothing about what an earlier
// one restored.
func (t *test) prepare(ctx context.Context) error {
	return t.machine.Prepare(ctx, quarantine.Settings{
		Work: "test-" + t.result.Started.Format(time.RFC3339Nano), RegistryToken: t.RegistryToken,
		Endpoints: t.Archive.Endpoints(), Images: []string{t.Postgres},
	}, t.say)
}

func (t *test) restore(ctx context.Context) error {
	r, err := quarantine.Restore(ctx, t.machine, t.Postgres, t.archive, quarantine.Point{Repo: t.result.Repository}, t.say)
	if err != nil {
		return err
	}
	t.result.Backup, t.result.LastCommit = r.Backup, r.LastCommit
	if image := r.Annotations[annotatedOdoo]; image != "" {
		t.result.Odoo = image
	}
	t.detail = "backup " + r.Backup
	// Names hold their start: newer is larger.
	if r.Backup < t.Backup.Label {
		return fmt.Errorf("backup %s came back, and the newest good one is %s", r.Backup, t.Backup.Label)
	}
	return nil
}

// annotatedOdoo is what backups say of the image that production ran.
const annotatedOdoo = "odoo-image"

// oldest is how old what came back may be. WAL is a minute behind at most, but
// where nobody works only the hourly backups show that time goes by.
const oldest = 2 * time.Hour

func (t *test) commit(context.Context) error {
	at := t.Backup.Stopped()
	// Empty when nothing was committed since the backup.
	if t.result.LastCommit != "" {
		last, err := time.Parse(time.RFC3339, t.result.LastCommit)
		if err != nil {
			return fmt.Errorf("when the newest commit was: %w", err)
		}
		if last.After(at) {
			at = last
		}
	}
	age := max(0, t.result.Started.Sub(at))
	t.result.CommitAgeSeconds = int(age.Seconds())
	t.detail = fmt.Sprintf("%s before the test", age.Round(time.Second))
	if age > oldest {
		return fmt.Errorf("what came back ends %s, %s before the test: WAL is missing, and backups are", at.Format(time.RFC3339), age.Round(time.Second))
	}
	return nil
}

const pgdata = "/var/lib/postgresql/data/pgdata"

// checksums reads every page of the stopped cluster.
func (t *test) checksums(ctx context.Context) error {
	_, err := t.machine.Run(ctx, quarantine.Container{
		Role: "checksums", Image: t.Postgres, Network: quarantine.Nowhere,
		Command: []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "pg_checksums", "--check", "--pgdata=" + pgdata},
		Mounts:  []quarantine.Mount{{Dir: quarantine.Raw, Path: "/var/lib/postgresql/data"}},
	}, t.say)
	return err
}

// amcheck holds tables and indexes against each other.
func (t *test) amcheck(ctx context.Context) error {
	if err := quarantine.Serve(ctx, t.machine, quarantine.Raw, t.Postgres, nil); err != nil {
		return err
	}
	_, err := t.machine.Exec(ctx, quarantine.Exec{
		Role: quarantine.Raw, User: "postgres",
		Command: []string{"pg_amcheck", "--install-missing", "--heapallindexed", "--jobs=2", "--database=" + t.Archive.Database},
	})
	return err
}

// essential tables have rows in any Odoo.
var essential = []string{"res_users", "res_partner", "res_company", "ir_module_module", "ir_model_data", "ir_attachment"}

func (t *test) rows(ctx context.Context) error {
	var parts []string
	for _, table := range essential {
		parts = append(parts, "SELECT '"+table+"', count(*) FROM "+table)
	}
	parts = append(parts, "SELECT '', count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
	out, err := t.sql(ctx, strings.Join(parts, " UNION ALL "))
	if err != nil {
		return err
	}
	t.result.Rows = map[string]int64{}
	for _, line := range strings.Split(out, "\n") {
		table, count, _ := strings.Cut(line, "|")
		n, err := strconv.ParseInt(count, 10, 64)
		if err != nil {
			return fmt.Errorf("count the rows: unexpected answer %q", line)
		}
		if table == "" {
			t.result.Tables = int(n)
			continue
		}
		t.result.Rows[table] = n
		if n == 0 {
			return fmt.Errorf("table %s is empty", table)
		}
	}
	t.detail = fmt.Sprintf("%d tables, %d partners", t.result.Tables, t.result.Rows["res_partner"])
	return nil
}

func (t *test) files(ctx context.Context) error {
	f, err := quarantine.Fetch(ctx, t.machine, t.Postgres, t.archive, t.Archive.Database, quarantine.Point{Repo: t.result.Repository}, t.say)
	if err != nil {
		return err
	}
	t.result.Files, t.result.FileBytes = f.Files, f.Bytes
	t.detail = fmt.Sprintf("%d files, %d MB", f.Files, f.Bytes>>20)
	if len(f.Corrupt) > 0 {
		return fmt.Errorf("%d files are not what they were when they were stored, such as %s", len(f.Corrupt), f.Corrupt[0])
	}
	if len(f.Missing) > 0 {
		return fmt.Errorf("%d files that rows name are not in the repository, such as %s", len(f.Missing), f.Missing[0])
	}
	return nil
}

// login of the administrator, in this copy.
const login = "restore-test"

// odoo starts the image that the backup belongs to, where nothing can be
// reached, and visits the login page and the backend.
func (t *test) odoo(ctx context.Context) error {
	if err := t.machine.Pull(ctx, t.result.Odoo, t.RegistryToken, t.say); err != nil {
		return fault.New("get the image that the backup belongs to", "push it again: a database works with the code that it was updated by", err)
	}
	hash, err := t.Hash(t.password)
	if err != nil {
		return err
	}
	if _, err := t.sql(ctx, fmt.Sprintf(access, t.password, hash, login)); err != nil {
		return err
	}
	conf, err := quarantine.OdooConf(quarantine.Raw, t.Archive.Database, t.password)
	if err != nil {
		return err
	}
	return quarantine.Boot(ctx, t.machine, quarantine.Raw, quarantine.RawFiles, t.result.Odoo, conf,
		quarantine.Admin{Login: login, Password: t.password}, t.say)
}

// access lets the test in. What it sets are letters, digits and $./ only.
const access = `ALTER ROLE odoo LOGIN PASSWORD '%[1]s';
UPDATE res_users SET password = '%[2]s', login = '%[3]s', active = true
 WHERE id = (SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'user_admin');
UPDATE ir_cron SET active = false;
DO $$ BEGIN
  IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'res_users' AND column_name = 'totp_secret') THEN
    EXECUTE 'UPDATE res_users SET totp_secret = NULL';
  END IF;
END $$;`

func (t *test) sql(ctx context.Context, statements string) (string, error) {
	return quarantine.SQL(ctx, t.machine, quarantine.Raw, t.Archive.Database, statements)
}
