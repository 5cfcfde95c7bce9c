package gate

import (
	"context"
	_ "embed" // database.py
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/odooops/odooops/ops/fault"
)

// Database answers one statement with its rows, as a JSON array of objects.
// It reads only.
type Database struct {
	Name  string // for findings: "stack production"
	Query func(ctx context.Context, sql string) ([]byte, error)
}

// rows runs a SELECT.
func rows[T any](ctx context.Context, db *Database, what, sql string) ([]T, error) {
	text, err := db.Query(ctx, "SELECT coalesce(json_agg(row_to_json(r)), '[]') FROM ("+sql+") r")
	if err != nil {
		return nil, fault.New(what, "see whether "+db.Name+" answers", err)
	}
	var all []T
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fault.Newf(what, "see whether "+db.Name+" is a database of Odoo", "unexpected answer %.100q", text)
	}
	return all, nil
}

// ReadDSN is a database's address from a file: as an argument others on the
// computer would see its password.
func ReadDSN(what, file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fault.Usage(what, "give --dsn-file a file with postgres://USER:PASSWORD@HOST/DATABASE", "%v", err)
	}
	dsn := strings.TrimSpace(string(b))
	if dsn == "" {
		return "", fault.Usage(what, "write postgres://USER:PASSWORD@HOST/DATABASE into it", "%s is empty", file)
	}
	if _, err := pgx.ParseConfig(dsn); err != nil {
		// Not the cause, which may hold the password.
		return "", fault.Usage(what, "write postgres://USER:PASSWORD@HOST/DATABASE into it", "the address in %s can't be read", file)
	}
	return dsn, nil
}

// OpenDSN is the database at the address in a file.
func OpenDSN(what, file string) (*Database, error) {
	dsn, err := ReadDSN(what, file)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["default_transaction_read_only"] = "on"
	config.RuntimeParams["application_name"] = "odooops-gate"
	return &Database{
		Name: "database " + config.Database,
		Query: func(ctx context.Context, sql string) ([]byte, error) {
			c, err := pgx.ConnectConfig(ctx, config)
			if err != nil {
				return nil, err
			}
			defer func() { _ = c.Close(ctx) }()
			var text string
			err = c.QueryRow(ctx, sql).Scan(&text)
			return []byte(text), err
		},
	}, nil
}

//go:embed database.py
var databaseScript string

// Host runs a script on a stack's host; see ops/hostscript.
type Host interface {
	Ask(ctx context.Context, what, source string, request, answer any, say func(string)) error
}

// OnHost is the database of a stack, asked in its Postgres container.
func OnHost(stack, container string, host Host) *Database {
	return &Database{
		Name: "stack " + stack,
		Query: func(ctx context.Context, sql string) ([]byte, error) {
			var answer json.RawMessage
			err := host.Ask(ctx, "query the database", databaseScript, map[string]string{"container": container, "sql": sql}, &answer, nil)
			if err == nil && len(answer) == 0 {
				err = fmt.Errorf("no answer from %s", container)
			}
			return answer, err
		},
	}
}
