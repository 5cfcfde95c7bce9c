package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/scan"
)

// schema is what pg_dump says of a database, without a row.
type schema struct{ folder, file string }

func (s *schema) remove() { _ = os.RemoveAll(s.folder) }

func dumpSchema(ctx context.Context, dsn, snapshot string) (*schema, error) {
	folder, err := os.MkdirTemp("", "odooops-mask-")
	if err != nil {
		return nil, err
	}
	s := &schema{folder, filepath.Join(folder, "schema")}
	_, err = program(ctx, "pg_dump", "--dbname="+dsn, "--format=custom", "--schema-only", "--snapshot="+snapshot,
		"--no-publications", "--no-subscriptions", "--no-security-labels", "--no-large-objects", "--file="+s.file)
	if err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

func (s *schema) restore(ctx context.Context, dsn, section string, jobs int) error {
	how := fmt.Sprintf("--jobs=%d", jobs)
	if jobs == 1 {
		how = "--transaction-size=500" // a commit for each table takes as long again
	}
	_, err := program(ctx, "pg_restore", "--dbname="+dsn, "--section="+section, "--exit-on-error", how, s.file)
	return err
}

// look through the definitions: a default, a check or a function may name
// somebody too.
func (s *schema) look(ctx context.Context, set *scan.Set, found map[mask.Finding]int64) error {
	text, err := program(ctx, "pg_restore", "--file=-", s.file)
	if err != nil {
		return err
	}
	(&scan.Scanner{Set: set}).Value([]byte(text), func(k scan.Kind, _ uint64) {
		found[mask.Finding{Table: "(definitions)", Column: "-", Kind: k.String()}]++
	})
	return nil
}

func program(ctx context.Context, name string, args ...string) (string, error) {
	var options strings.Builder
	for k, v := range quiet {
		fmt.Fprintf(&options, "-c %s=%s ", k, v)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "PGOPTIONS="+options.String())
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, safeOutput(errs.String()))
	}
	return out.String(), nil
}

// refuse databases with what would carry more over than rows.
func refuse(ctx context.Context, c *pgx.Conn) error {
	for what, sql := range map[string]string{
		"a foreign server":  "SELECT count(*) FROM pg_foreign_server",
		"row-level secrecy": "SELECT count(*) FROM pg_class WHERE relforcerowsecurity",
	} {
		var n int
		if err := c.QueryRow(ctx, sql).Scan(&n); err != nil {
			return safe("read the catalog", err)
		}
		if n > 0 {
			return fmt.Errorf("copy: the source has %s, which can't be masked: drop it in the restored database", what)
		}
	}
	return nil
}

// recreate makes the target an empty database of the source's owner.
func recreate(ctx context.Context, source *pgx.Conn, dsn string) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("the target's address can't be read")
	}
	name := pgx.Identifier{config.Database}.Sanitize()
	admin, err := connect(ctx, "target", dsn+" dbname=postgres", nil)
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	owner, err := roles(ctx, source, admin)
	if err != nil {
		return err
	}
	for _, sql := range []string{
		"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)",
		"CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8' STRATEGY wal_log OWNER " + owner,
	} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			return safe("make the target", err)
		}
	}
	return nil
}

// roles makes those that own something in the source, without passwords, and
// names the database's owner.
func roles(ctx context.Context, source, target *pgx.Conn) (string, error) {
	rows, err := source.Query(ctx, `
		SELECT DISTINCT r.rolname, r.rolcanlogin, r.oid = (SELECT datdba FROM pg_database WHERE datname = current_database()) AS owner
		FROM pg_roles r WHERE r.rolname !~ '^pg_' AND (r.oid = (SELECT datdba FROM pg_database WHERE datname = current_database())
		  OR EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
		    AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())))`)
	if err != nil {
		return "", safe("read the roles", err)
	}
	type role struct {
		name         string
		login, owner bool
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (role, error) {
		var x role
		err := r.Scan(&x.name, &x.login, &x.owner)
		return x, err
	})
	if err != nil {
		return "", safe("read the roles", err)
	}
	owner := "postgres"
	for _, r := range all {
		quoted := pgx.Identifier{r.name}.Sanitize()
		if r.owner {
			owner = quoted
		}
		var there bool
		if err := target.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", r.name).Scan(&there); err != nil {
			return "", safe("read the roles", err)
		}
		login := "NOLOGIN"
		if r.login {
			login = "LOGIN"
		}
		if !there {
			if _, err := target.Exec(ctx, "CREATE ROLE "+quoted+" "+login); err != nil {
				return "", safe("make a role", err)
			}
		}
	}
	return owner, nil
}

// finish sets the sequences, builds indexes and constraints, and counts for
// the planner.
func finish(ctx context.Context, source *pgx.Conn, r mask.CopyRequest, s *schema) error {
	target, err := connect(ctx, "target", r.Target, nil)
	if err != nil {
		return err
	}
	defer target.Close(ctx)
	rows, err := source.Query(ctx, "SELECT schemaname, sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
	if err != nil {
		return safe("read the sequences", err)
	}
	defer rows.Close()
	batch := &pgx.Batch{}
	for rows.Next() {
		var space, name string
		var last int64
		if err := rows.Scan(&space, &name, &last); err != nil {
			return safe("read the sequences", err)
		}
		batch.Queue("SELECT setval($1::regclass, $2)", pgx.Identifier{space, name}.Sanitize(), last)
	}
	if err := rows.Err(); err != nil {
		return safe("read the sequences", err)
	}
	if err := target.SendBatch(ctx, batch).Close(); err != nil {
		return safe("set the sequences", err)
	}
	if err := s.restore(ctx, r.Target, "post-data", max(r.Jobs, 1)); err != nil {
		return err
	}
	if err := refresh(ctx, source, target); err != nil {
		return err
	}
	// ANALYZE alone takes one table after the other.
	_, err = program(ctx, "vacuumdb", "--analyze-only", fmt.Sprintf("--jobs=%d", max(r.Jobs, 1)), "--quiet", "--dbname="+r.Target)
	return err
}

// refresh fills the materialized views, in the order in which they were made.
func refresh(ctx context.Context, source, target *pgx.Conn) error {
	rows, err := source.Query(ctx, "SELECT n.nspname, r.relname FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace WHERE r.relkind = 'm' AND r.relispopulated ORDER BY r.oid")
	if err != nil {
		return safe("read the views", err)
	}
	names, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (pgx.Identifier, error) {
		name := make(pgx.Identifier, 2)
		return name, r.Scan(&name[0], &name[1])
	})
	if err != nil {
		return safe("read the views", err)
	}
	for _, name := range names {
		if _, err := target.Exec(ctx, "REFRESH MATERIALIZED VIEW "+name.Sanitize()); err != nil {
			return safe("fill "+name.Sanitize(), err)
		}
	}
	return nil
}
