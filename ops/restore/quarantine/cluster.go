package quarantine

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"
	"time"
)

// dataDir is where the Postgres image has its cluster.
const dataDir = "/var/lib/postgresql/data"

// Point is which state of production is restored; all empty is the newest.
type Point struct {
	// Repo is the repository's number.
	Repo int `json:"repo"`
	// Backup is a label, At a time (RFC 3339).
	Backup string `json:"backup"`
	At     string `json:"at"`
	// RepoAt is the time (RFC 3339) at which the repository was still whole.
	RepoAt string `json:"repoAt"`
}

// Restored is what the image says of a restored cluster.
type Restored struct {
	Repo        int               `json:"repo"`
	Backup      string            `json:"backup"`
	Timeline    json.Number       `json:"timeline"`
	LastCommit  string            `json:"lastCommit"`
	StoppedAt   string            `json:"stoppedAt"`
	SystemID    json.Number       `json:"systemId"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Restore restores a backup into Raw, and leaves the cluster stopped. What an
// earlier run restored of the same work stays. The archive is archive.json's
// content: secret.
func Restore(ctx context.Context, m Machine, image, archive string, p Point, say func(string)) (Restored, error) {
	var r Restored
	point, err := json.Marshal(p)
	if err != nil {
		return r, err
	}
	out, err := m.Run(ctx, Container{
		Role: "restore", Image: image, Command: []string{"restore"}, Network: Out,
		Files:  map[string]string{"archive.json": archive, "restore.json": string(point)},
		Mounts: []Mount{{Dir: Raw, Path: dataDir}}, ShmMB: shmMB,
	}, say)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(out.Stdout), &r); err != nil {
		return r, fmt.Errorf("read what was restored: %w", err)
	}
	return r, nil
}

//go:embed files/postgresql.conf
var serverConf string

//go:embed files/odoo.conf.tmpl
var templates embed.FS

// OdooConf is the configuration of an Odoo on a cluster. Secret.
func OdooConf(cluster, database, password string) (string, error) {
	t, err := template.ParseFS(templates, "files/odoo.conf.tmpl")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]string{"Host": cluster, "Database": database, "Password": password})
	return b.String(), err
}

const shmMB = 512

// Serve starts a server on a cluster, for Inside under the cluster's name and
// for the socket, and returns when it answers. Accounts are made, where there
// is no cluster yet.
func Serve(ctx context.Context, m Machine, cluster, image string, accounts *Accounts) error {
	files := map[string]string{"postgresql.conf": serverConf}
	if accounts != nil {
		text, err := json.Marshal(accounts)
		if err != nil {
			return err
		}
		files["postgres.json"] = string(text)
	}
	_, err := m.Run(ctx, Container{
		Role: cluster, Image: image, Command: []string{"postgres"}, Network: Inside, Files: files, Detach: true, ShmMB: shmMB,
		Mounts: []Mount{{Dir: cluster, Path: dataDir}, {Dir: "sockets/" + cluster, Path: "/var/run/postgresql"}},
	}, nil)
	if err != nil {
		return err
	}
	// By TCP: while a new cluster is being made, a socket answers already.
	ready := Exec{Role: cluster, Command: []string{"bash", "-c",
		"for i in $(seq 600); do pg_isready --quiet --host=127.0.0.1 && exit 0; sleep 0.2; done; exit 1"}}
	if _, err := m.Exec(ctx, ready); err != nil {
		return fmt.Errorf("the server on %s does not answer: %w", cluster, err)
	}
	return nil
}

// Accounts of a new cluster.
type Accounts struct {
	SuperuserPassword string `json:"superuserPassword"`
	OdooUser          string `json:"odooUser"`
	OdooPassword      string `json:"odooPassword"`
	Database          string `json:"database"`
}

// SQL runs statements in a served cluster as its superuser. Their text is
// neither in a process list nor in a log.
func SQL(ctx context.Context, m Machine, cluster, database, statements string) (string, error) {
	out, err := m.Exec(ctx, psql(cluster, database, statements, ""))
	if err != nil {
		return "", fmt.Errorf("ask the cluster %s: %w", cluster, err)
	}
	return strings.TrimRight(out.Stdout, "\n"), nil
}

func psql(cluster, database, statements, file string) Exec {
	return Exec{
		Role: cluster, User: "postgres", Stdin: statements, ToFile: file,
		Command: []string{"psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1",
			"--set=VERBOSITY=terse", "--username=postgres", "--dbname=" + database},
	}
}

// Fetched is what the image says of the files that rows name.
type Fetched struct {
	Files   int      `json:"files"`
	Bytes   int64    `json:"bytes"`
	Missing []string `json:"missing"`
	Corrupt []string `json:"corrupt"`
}

// wanted is the list of the files that the rows of Raw name.
const wanted = "wanted.txt"

// Fetch brings the files that the attachments of the served Raw name into
// RawFiles. Those that are there stay.
func Fetch(ctx context.Context, m Machine, image, archive, database string, p Point, say func(string)) (Fetched, error) {
	var f Fetched
	_, err := m.Exec(ctx, psql(Raw, database, "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL", wanted))
	if err != nil {
		return f, fmt.Errorf("list the files that the rows name: %w", err)
	}
	env := map[string]string{"FETCH_REPO": fmt.Sprint(p.Repo)}
	if p.RepoAt != "" {
		env["FETCH_AT"] = p.RepoAt
	}
	out, err := m.Run(ctx, Container{
		Role: "fetch", Image: image, Command: []string{"fetch"}, Network: Out, Env: env,
		Files: map[string]string{"archive.json": archive},
		Mounts: []Mount{
			{Dir: RawFiles + "/" + FilesOf(database), Path: "/filestore"},
			{Dir: wanted, Path: "/run/odooops/files.txt", ReadOnly: true},
		},
	}, say)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal([]byte(out.Stdout), &f); err != nil {
		return f, fmt.Errorf("read what was fetched: %w", err)
	}
	return f, nil
}

// FilesOf is where Odoo has a database's files, below its data directory.
func FilesOf(database string) string { return "filestore/" + database }

// Admin is an administrator who can log in.
type Admin struct {
	Login    string `json:"login"`
	Password string `json:"password"`
}

// OdooUser is the user of the Odoo image.
const OdooUser = "101:101"

// Boot starts Odoo on a served cluster, logs in, and visits the login page and
// the backend with all that they name, as its first user would.
func Boot(ctx context.Context, m Machine, cluster, files, image, conf string, admin Admin, say func(string)) error {
	account, err := json.Marshal(admin)
	if err != nil {
		return err
	}
	// It writes assets that are not there, beside files that root fetched.
	if err := m.Own(ctx, files, OdooUser); err != nil {
		return err
	}
	_, err = m.Run(ctx, Container{
		Role: "odoo", Image: image, Command: []string{"odoo-warm"}, Network: Inside, Quiet: true,
		Env:    map[string]string{"MALLOC_ARENA_MAX": "2"},
		Files:  map[string]string{"odoo.conf": conf, "admin.json": string(account)},
		Mounts: []Mount{{Dir: files, Path: "/var/lib/odoo"}},
	}, say)
	return err
}

// Halt ends a server cleanly and throws its WAL away, so that what is copied
// of the cluster is small and needs no recovery.
func Halt(ctx context.Context, m Machine, cluster, image string) error {
	if err := m.Stop(ctx, cluster); err != nil {
		return err
	}
	_, err := m.Run(ctx, Container{
		Role: "wal", Image: image, Network: Nowhere,
		Command: []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "pg_resetwal", dataDir + "/pgdata"},
		Mounts:  []Mount{{Dir: cluster, Path: dataDir}},
	}, nil)
	return err
}

// Seconds of a step, as they are told.
func Seconds(since time.Time) float64 { return float64(time.Since(since).Milliseconds()) / 1000 }
