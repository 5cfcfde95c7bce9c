package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// safe is an error without any value. Postgres puts values into details, into
// contexts, and behind the colon of a message.
func safe(what string, err error) error {
	if err == nil {
		return nil
	}
	var p *pgconn.PgError
	if !errors.As(err, &p) {
		return fmt.Errorf("%s: %w", what, err)
	}
	message, _, _ := strings.Cut(p.Message, ": ")
	where := []string{}
	for _, s := range []string{p.TableName, p.ColumnName, p.ConstraintName} {
		if s != "" {
			where = append(where, s)
		}
	}
	return fmt.Errorf("%s: %s (SQLSTATE %s)", what, strings.Join(append([]string{message}, where...), ", "), p.Code)
}

// safeOutput are the error messages of Postgres's programs, without details,
// contexts, statements and what follows a colon.
func safeOutput(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		_, message, ok := strings.Cut(line, "error: ")
		if !ok {
			continue
		}
		if _, own, ok := strings.Cut(message, "ERROR:  "); ok {
			message = own
		}
		message, _, _ = strings.Cut(strings.TrimSpace(message), ": ")
		lines = append(lines, message)
	}
	if len(lines) == 0 {
		return "it said nothing"
	}
	return strings.Join(lines[:min(len(lines), 3)], "; ")
}

// absent is true if a statement names a table or a column that isn't there.
func absent(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && (p.Code == undefinedTable || p.Code == undefinedColumn)
}

const (
	undefinedTable  = "42P01"
	undefinedColumn = "42703"
)
