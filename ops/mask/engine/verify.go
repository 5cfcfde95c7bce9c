package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/catalog"
	"github.com/odooops/odooops/ops/mask/fake"
	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/ops/mask/plan"
	"github.com/odooops/odooops/ops/mask/scan"
)

// Verify makes the checks that need both databases, before anything of the
// copy is published. All are made, also after one has failed.
func Verify(ctx context.Context, r mask.VerifyRequest, say func(string, ...any)) (mask.VerifyResult, error) {
	result := mask.VerifyResult{Checks: []mask.Check{}}
	source, err := connect(ctx, "source", r.Source, nil)
	if err != nil {
		return result, err
	}
	defer source.Close(ctx)
	target, err := connect(ctx, "target", r.Target, nil)
	if err != nil {
		return result, err
	}
	defer target.Close(ctx)
	p, err := planOf(ctx, source, r.Manifest)
	if err != nil {
		return result, err
	}
	if !p.Ready() {
		return result, fmt.Errorf("verify: the manifest does not cover the source: run check")
	}
	v := &verifier{r, p, source, target}
	for _, check := range []struct {
		name string
		run  func(context.Context) ([]string, error)
	}{
		{"rows", v.rows},
		{"ranges", v.ranges},
		{"replaced", v.replaced},
		{"passwords", v.passwords},
		{"endpoints", v.endpoints},
		{"production's secrets", v.secrets},
		{"large objects", v.largeObjects},
		{"files", v.files},
	} {
		detail, err := check.run(ctx)
		if err != nil {
			return result, fmt.Errorf("check %s: %w", check.name, err)
		}
		say("%s: %d complaints", check.name, len(detail))
		result.Checks = append(result.Checks, mask.Check{Name: check.name, Pass: len(detail) == 0, Detail: detail})
	}
	return result, nil
}

type verifier struct {
	request        mask.VerifyRequest
	plan           *plan.Plan
	source, target *pgx.Conn
}

// rows: as many as in the source, none where the manifest truncates.
func (v *verifier) rows(ctx context.Context) ([]string, error) {
	counts := func(c *pgx.Conn) (map[*plan.Table]int64, error) {
		rows := map[*plan.Table]int64{}
		for _, t := range v.plan.Tables {
			if t.Truncate && c == v.source {
				continue
			}
			var n int64
			if err := c.QueryRow(ctx, "SELECT count(*) FROM ONLY "+t.Quoted()).Scan(&n); err != nil {
				return nil, safe("count "+t.Name, err)
			}
			rows[t] = n
		}
		return rows, nil
	}
	var want map[*plan.Table]int64
	counted := make(chan error, 1)
	go func() { // two servers can count at once
		var err error
		want, err = counts(v.source)
		counted <- err
	}()
	have, err := counts(v.target)
	if err := errors.Join(<-counted, err); err != nil {
		return nil, err
	}
	var bad []string
	for _, t := range v.plan.Tables {
		if have[t] != want[t] {
			bad = append(bad, fmt.Sprintf("%s has %d rows instead of %d", t.Name, have[t], want[t]))
		}
	}
	return bad, nil
}

// ranges: each made-up address and account is recognisable.
var ranges = map[string]string{
	"email":   `@([a-z0-9-]+\.)*masked\.example$`,
	"mailbox": `@([a-z0-9-]+\.)*masked\.example(?!\.?[a-z0-9-])`,
	"phone":   `^\+44 ?7700 ?900[0-9]{3}$`,
	"iban":    `^(GB[0-9]{2} ?ZZZZ|9990)[0-9 ]+$`,
	"vat":     `^GB99[0-9]{7}$`,
	"domain":  `(^|\.)masked\.example$`,
	"url":     `^https://masked\.example/`,
}

// ranges looks at all such columns of a table in one pass.
func (v *verifier) ranges(ctx context.Context) ([]string, error) {
	var bad []string
	for _, t := range v.plan.Tables {
		var columns, counts []string
		if !t.Truncate {
			columns, counts = madeUp(t)
		}
		if len(columns) == 0 {
			continue
		}
		outside := make([]int64, len(columns))
		into := make([]any, len(columns))
		for i := range outside {
			into[i] = &outside[i]
		}
		sql := fmt.Sprintf("SELECT %s FROM ONLY %s t", strings.Join(counts, ", "), t.Quoted())
		if err := v.target.QueryRow(ctx, sql).Scan(into...); err != nil {
			return nil, safe("read "+t.Name, err)
		}
		for i, n := range outside {
			if n > 0 {
				bad = append(bad, fmt.Sprintf("%s.%s: %d values outside the range of what is made up", t.Name, columns[i], n))
			}
		}
	}
	return bad, nil
}

// madeUp are the columns whose values have a range, and what counts those that
// are outside of it.
func madeUp(t *plan.Table) (columns, counts []string) {
	for i := range t.Columns {
		col := &t.Columns[i]
		kind := effective(col).Kind
		if kind == "account" {
			kind = "iban"
		}
		pattern, ok := ranges[kind]
		if effective(col).Action != manifest.Fake || !ok || col.Family != catalog.Text || col.Array {
			continue
		}
		quoted := "t." + pgx.Identifier{col.Name}.Sanitize()
		// What was kept by a rule is in the source as it is here.
		counts = append(counts, fmt.Sprintf("count(*) FILTER (WHERE %s <> '' AND %s AND NOT (%s))", quoted, outside(quoted, kind, pattern), exempt(t, col)))
		columns = append(columns, col.Name)
	}
	return columns, counts
}

// outside is true for a value that is not in its kind's range. A pattern costs
// microseconds, so what is most often there is told by its text: none of it is
// outside by the pattern either.
func outside(quoted, kind, pattern string) string {
	const plain = "@" + fake.Domain
	switch kind {
	case "email":
		return fmt.Sprintf("%s NOT LIKE %s AND %s !~* %s", quoted, literal("%"+plain), quoted, literal(pattern))
	case "mailbox": // several, and names
		return fmt.Sprintf("replace(%s || '>', %s, '') LIKE '%%@%%' AND regexp_replace(%s, %s, ' ', 'gi') LIKE '%%@%%'",
			quoted, literal(plain+">"), quoted, literal(pattern))
	}
	return quoted + " !~* " + literal(pattern)
}

// effective is the class of what no module shipped.
func effective(col *plan.Column) manifest.Class {
	if col.Class.Action == manifest.Shipped {
		return *col.Class.Else
	}
	return col.Class
}

// exempt rows keep their value by a rule or because a module shipped them.
func exempt(t *plan.Table, col *plan.Column) string {
	conditions := []string{"false"}
	if col.Class.Action == manifest.Shipped {
		conditions = append(conditions, "coalesce("+shippedSQL(t)+", false)")
	}
	for _, r := range t.Rules {
		if _, ok := r.Columns[col.Name]; ok {
			conditions = append(conditions, "coalesce(("+r.Where+"), false)")
		}
	}
	return strings.Join(conditions, " OR ")
}

// each calls for every column of a table that has rows.
func (v *verifier) each(ctx context.Context, look func(*plan.Table, *plan.Column, manifest.Class) ([]string, error)) ([]string, error) {
	var bad []string
	for _, t := range v.plan.Tables {
		if t.Truncate {
			continue
		}
		for i := range t.Columns {
			more, err := look(t, &t.Columns[i], effective(&t.Columns[i]))
			if err != nil {
				return nil, err
			}
			bad = append(bad, more...)
		}
	}
	return bad, ctx.Err()
}

// replaced: no secret of the source is one of the target.
func (v *verifier) replaced(ctx context.Context) ([]string, error) {
	return v.each(ctx, func(t *plan.Table, col *plan.Column, c manifest.Class) ([]string, error) {
		if c.Action != manifest.Secret {
			return nil, nil
		}
		quoted := pgx.Identifier{col.Name}.Sanitize()
		sql := fmt.Sprintf("SELECT DISTINCT t.%s FROM ONLY %s t WHERE t.%s IS NOT NULL AND NOT (%s)", quoted, t.Quoted(), quoted, exempt(t, col))
		old := map[[32]byte]bool{}
		if err := stream(ctx, v.source, sql, func(line []byte) error {
			if len(line) > 1 {
				old[sha256.Sum256(line)] = true
			}
			return nil
		}); err != nil {
			return nil, safe("read "+t.Name+"."+col.Name, err)
		}
		n := 0
		if err := stream(ctx, v.target, sql, func(line []byte) error {
			if old[sha256.Sum256(line)] {
				n++
			}
			return nil
		}); err != nil {
			return nil, safe("read "+t.Name+"."+col.Name, err)
		}
		if n > 0 {
			return []string{fmt.Sprintf("%s.%s: %d secrets of the source", t.Name, col.Name, n)}, nil
		}
		return nil, nil
	})
}

// count runs conditions on the target; those whose tables or columns aren't
// there pass.
func (v *verifier) count(ctx context.Context, conditions map[string]string, args ...any) ([]string, error) {
	var bad []string
	for what, sql := range conditions {
		var n int64
		err := v.target.QueryRow(ctx, sql, args...).Scan(&n)
		if absent(err) {
			continue
		}
		if err != nil {
			return nil, safe(what, err)
		}
		if n > 0 {
			bad = append(bad, fmt.Sprintf("%s: %d", what, n))
		}
	}
	return bad, nil
}

func (v *verifier) passwords(ctx context.Context) ([]string, error) {
	return v.count(ctx, map[string]string{
		"users with another password than the environment's": "SELECT count(*) FROM res_users WHERE coalesce(password, '') <> '' AND password <> $1",
		"active users without a password":                    "SELECT count(*) FROM res_users WHERE active AND coalesce(password, '') = '' AND $1 <> ''",
	}, v.request.Settings.PasswordHash)
}

// endpoints: nothing that is live outside.
func (v *verifier) endpoints(ctx context.Context) ([]string, error) {
	bad, err := v.count(ctx, map[string]string{
		"databases that are not neutralized": "SELECT count(*) FROM (SELECT) x WHERE NOT EXISTS (SELECT FROM ir_config_parameter WHERE key = 'database.is_neutralized' AND value IN ('true', 'True'))",
		"outgoing mail servers":              "SELECT count(*) FROM ir_mail_server WHERE active AND smtp_host NOT IN ('invalid', 'localhost', 'mailhog')",
		"incoming mail servers":              "SELECT count(*) FROM fetchmail_server WHERE active",
		"payment providers":                  "SELECT count(*) FROM payment_provider WHERE state = 'enabled' AND code NOT IN ('none', 'custom')",
		"carriers in production":             "SELECT count(*) FROM delivery_carrier WHERE prod_environment",
		"webhooks of actions":                "SELECT count(*) FROM ir_act_server WHERE webhook_url <> '' AND webhook_url !~ '(neutralization|masked\\.example)'",
	})
	if err != nil || v.request.Settings.URL == "" {
		return bad, err
	}
	more, err := v.count(ctx, map[string]string{
		"web.base.url of another environment": "SELECT count(*) FROM ir_config_parameter WHERE key = 'web.base.url' AND value <> $1",
	}, v.request.Settings.URL)
	return append(bad, more...), err
}

// secrets: none of production's is in a parameter or a role.
func (v *verifier) secrets(ctx context.Context) ([]string, error) {
	set, err := scan.NewSet(nil, v.request.Settings.ProductionSecrets)
	if err != nil {
		return nil, err
	}
	scanner := scan.Scanner{Set: set}
	var bad []string
	for name, sql := range map[string]string{
		"ir_config_parameter.value": "SELECT value FROM ir_config_parameter",
		"pg_authid.rolpassword":     "SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL",
		"pg_db_role_setting":        "SELECT setconfig::text FROM pg_db_role_setting",
	} {
		n := 0
		err := stream(ctx, v.target, sql, func(line []byte) error {
			scanner.Value(unescape(bytes.TrimSuffix(line, []byte("\n"))), func(k scan.Kind, _ uint64) { n++ })
			return nil
		})
		if err != nil {
			return nil, safe("read "+name, err)
		}
		if n > 0 {
			bad = append(bad, fmt.Sprintf("%s: %d of production's secrets", name, n))
		}
	}
	// A hash of a password can't be compared with the password: with the source's.
	old := map[string]bool{}
	const hashes = "SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL"
	for _, side := range []struct {
		c    *pgx.Conn
		each func(string)
	}{
		{v.source, func(s string) { old[s] = true }},
		{v.target, func(s string) {
			if old[s] {
				bad = append(bad, "pg_authid: a role has the source's password")
			}
		}},
	} {
		if err := stream(ctx, side.c, hashes, func(line []byte) error { side.each(string(line)); return nil }); err != nil {
			return nil, safe("read the roles", err)
		}
	}
	return bad, nil
}

func (v *verifier) largeObjects(ctx context.Context) ([]string, error) {
	return v.count(ctx, map[string]string{"large objects": "SELECT count(*) FROM pg_largeobject_metadata"})
}

// files: each attachment's is there and is what its name says.
func (v *verifier) files(ctx context.Context) ([]string, error) {
	if v.request.Files == "" {
		return nil, nil
	}
	names, _, err := storeNames(ctx, "target", v.request.Target)
	if err != nil {
		return nil, err
	}
	missing, corrupt := 0, 0
	for _, name := range names {
		switch err := whole(filepath.Join(v.request.Files, name), name); {
		case errors.Is(err, os.ErrNotExist):
			missing++
		case errors.Is(err, errCorrupt):
			corrupt++
		case err != nil:
			return nil, err
		}
	}
	var bad []string
	if missing > 0 {
		bad = append(bad, fmt.Sprintf("ir_attachment: %d of %d files are missing", missing, len(names)))
	}
	if corrupt > 0 {
		bad = append(bad, fmt.Sprintf("ir_attachment: %d of %d files are not what their name says", corrupt, len(names)))
	}
	return bad, nil
}
