package restore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/restore/quarantine"
)

// Writer is what a publication is written to.
type Writer = io.Writer

// work is one restore under way.
type work struct {
	Options
	result  *Result
	machine Quarantine
	// detail is what the present step adds to its line.
	detail string
	// key makes the fakes of this run. It is nowhere but in this process.
	key []byte
	// odoo is the image that the restored database belongs to.
	odoo string
	// password is of the roles of both clusters, for this run.
	password string
	// bytes and modules of what is to be published.
	bytes   int64
	modules string
	// switched says that users work on the new data.
	switched bool
}

func (w *work) say(line string) { w.Say("  " + line) }

func (w *work) check(ctx context.Context) error {
	w.key = make([]byte, 32)
	_, _ = rand.Read(w.key) // never fails
	w.password = rand.Text()
	return w.Target.Check(ctx)
}

func (w *work) open(ctx context.Context) (err error) {
	w.machine, err = w.Open(ctx)
	return err
}

// Postgres is the image of everything in the quarantine: the target's, whose
// server is to take the cluster.
func (w *work) postgres() string { return w.Target.Images().Postgres }

func (w *work) prepare(ctx context.Context) error {
	p := w.Source.Point
	what, err := json.Marshal([]any{w.Source.Stack, w.Target.Name(), p, w.Source.Dump})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(what)
	return w.machine.Prepare(ctx, quarantine.Settings{
		Work: fmt.Sprintf("%x", sum[:8]), RegistryToken: w.Source.RegistryToken, Endpoints: w.Source.Endpoints,
		Images: []string{w.postgres(), w.Target.Images().Odoo},
	}, w.say)
}

// restore makes the raw cluster, and starts it.
func (w *work) restore(ctx context.Context) error {
	if w.Source.Dump != "" {
		w.odoo = w.Source.Odoo
		w.detail = "from a dump"
		return w.load(ctx)
	}
	r, err := quarantine.Restore(ctx, w.machine, w.postgres(), w.Source.Archive, w.Source.Point, w.say)
	if err != nil {
		return err
	}
	w.result.Backup, w.result.Repo, w.result.LastCommit = r.Backup, r.Repo, r.LastCommit
	w.detail = fmt.Sprintf("backup %s, last commit %s", r.Backup, r.LastCommit)
	if w.odoo = r.Annotations[annotatedOdoo]; w.odoo == "" {
		w.odoo = w.Source.Odoo
		w.say("the backup does not say which Odoo it belongs to: production's present image is taken")
	}
	return quarantine.Serve(ctx, w.machine, quarantine.Raw, w.postgres(), nil)
}

// annotatedOdoo is what backups say of the image that production ran.
const annotatedOdoo = "odoo-image"

// fetch brings the files. What the repository lacks is told: it is lacking in
// production too, or was never shipped.
func (w *work) fetch(ctx context.Context) error {
	if w.Source.Dump != "" {
		w.detail = "they came with the dump"
		return nil
	}
	point := w.Source.Point
	f, err := quarantine.Fetch(ctx, w.machine, w.postgres(), w.Source.Archive, w.Source.Database, point, w.say)
	if err != nil {
		return err
	}
	if len(f.Corrupt) > 0 {
		return fault.Newf("fetch the files", "restore from the other repository: --repo", "%d files are not what they were when they were stored, such as %s", len(f.Corrupt), f.Corrupt[0])
	}
	w.detail = fmt.Sprintf("%d files, %d MB", f.Files, f.Bytes>>20)
	w.result.Files = map[string]int{"missing": len(f.Missing)}
	if len(f.Missing) > 0 {
		w.say(fmt.Sprintf("warning: %d files that rows name are not in the repository, such as %s", len(f.Missing), f.Missing[0]))
	}
	return nil
}

// neutralize has Odoo's own way of it done, by the image that the data belongs to.
func (w *work) neutralize(ctx context.Context) error {
	if w.odoo != w.Target.Images().Odoo {
		if err := w.machine.Pull(ctx, w.odoo, w.Source.RegistryToken, w.say); err != nil {
			return fault.New("get the image that the backup belongs to", "push it again: a database works with the code that it was updated by", err)
		}
	}
	// Production's own password is not known here, and must not be.
	if err := w.sql(ctx, quarantine.Raw, "ALTER ROLE odoo LOGIN PASSWORD '"+w.password+"'"); err != nil {
		return err
	}
	conf, err := quarantine.OdooConf(quarantine.Raw, w.Source.Database, w.password)
	if err != nil {
		return err
	}
	own := w.Target.Identity()
	env := map[string]string{"ODOO_URL": own.URL, "ODOO_DOMAIN": own.Domain, "MALLOC_ARENA_MAX": "2"}
	if len(w.Harmless) > 0 {
		env["ODOO_NEUTRALIZE_ALLOW"] = strings.Join(w.Harmless, ",")
	}
	_, err = w.machine.Run(ctx, quarantine.Container{
		Role: "neutralize", Image: w.odoo, Command: []string{"odoo-neutralize"}, Network: quarantine.Inside,
		Env:    env,
		Files:  map[string]string{"odoo.conf": conf},
		Mounts: []quarantine.Mount{{Dir: quarantine.RawFiles, Path: "/var/lib/odoo"}},
	}, w.say)
	return err
}

func (w *work) sql(ctx context.Context, cluster, statements string) error {
	_, err := quarantine.SQL(ctx, w.machine, cluster, w.Source.Database, statements)
	return err
}
