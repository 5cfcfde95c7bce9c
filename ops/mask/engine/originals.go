package engine

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/catalog"
	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/ops/mask/plan"
	"github.com/odooops/odooops/ops/mask/scan"
)

// kinds of fake whose originals are looked for.
var kinds = map[string]scan.Kind{
	"name": scan.Name, "person": scan.Name, "company": scan.Name, "email": scan.Email, "mailbox": scan.Email,
	"phone": scan.Phone, "vat": scan.VAT, "iban": scan.IBAN, "account": scan.IBAN, "login": scan.Login,
}

// originals reads the values that must not come through, from the columns in
// which the manifest says they are.
func originals(ctx context.Context, c *pgx.Conn, p *plan.Plan, s mask.Settings) (*scan.Set, error) {
	set, err := scan.NewSet(p.Manifest.Allow, s.ProductionSecrets)
	if err != nil {
		return nil, err
	}
	for _, t := range p.Tables {
		for i := range t.Columns {
			col := &t.Columns[i]
			class := col.Class
			if class.Action == manifest.Shipped {
				class = *class.Else
			}
			kind, ok := kinds[class.Kind]
			if class.Action != manifest.Fake || !ok || col.Family != catalog.Text || t.Truncate {
				continue
			}
			sql := fmt.Sprintf("SELECT DISTINCT t.%s FROM ONLY %s t WHERE %s", pgx.Identifier{col.Name}.Sanitize(), t.Quoted(), changed(t, col))
			err := stream(ctx, c, sql, func(line []byte) error {
				set.Add(kind, unescape(bytes.TrimSuffix(line, []byte("\n"))))
				return nil
			})
			if err != nil {
				return nil, safe("read "+t.Name+"."+col.Name, err)
			}
		}
	}
	return set, forget(ctx, c, p, set)
}

// changed is true for the rows in which the column is not kept.
func changed(t *plan.Table, col *plan.Column) string {
	where := []string{"t." + pgx.Identifier{col.Name}.Sanitize() + " IS NOT NULL"}
	if col.Class.Action == manifest.Shipped {
		where = append(where, "("+shippedSQL(t)+") IS NOT TRUE")
	}
	for _, r := range t.Rules {
		if c, ok := r.Columns[col.Name]; ok && c.Action == manifest.Keep {
			where = append(where, "("+r.Where+") IS NOT TRUE")
		}
	}
	return strings.Join(where, " AND ")
}

// forget takes out what Odoo's own texts contain: a partner called "Marketing"
// is no leak in a menu.
func forget(ctx context.Context, c *pgx.Conn, p *plan.Plan, set *scan.Set) error {
	words := map[uint64]bool{} // of Odoo
	scanner := scan.Scanner{Set: set}
	for _, t := range p.Tables {
		where, all := p.Manifest.Vocabulary[t.Name]
		switch {
		case all && where == "":
			where = "true"
		case !all && usesShipped(t):
			where = shippedSQL(t)
		case !all:
			continue
		}
		var columns []string
		for _, col := range t.Columns {
			keeps := all && col.Class.Action == manifest.Keep || col.Class.Action == manifest.Shipped
			if keeps && slices.Contains([]catalog.Family{catalog.Text, catalog.JSON}, col.Family) {
				columns = append(columns, "t."+pgx.Identifier{col.Name}.Sanitize())
			}
		}
		if len(columns) == 0 {
			continue
		}
		sql := fmt.Sprintf("SELECT %s FROM ONLY %s t WHERE %s", strings.Join(columns, ", "), t.Quoted(), where)
		err := stream(ctx, c, sql, func(line []byte) error {
			for field := range bytes.SplitSeq(bytes.TrimSuffix(line, []byte("\n")), []byte("\t")) {
				scanner.Value(unescape(field), func(_ scan.Kind, h uint64) { words[h] = true })
			}
			return nil
		})
		if err != nil {
			return safe("read the words of "+t.Name, err)
		}
	}
	for h := range words {
		set.Forget([]uint64{h})
	}
	return nil
}
