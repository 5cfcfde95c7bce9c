package engine

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

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
// which the manifest says they are: several tables at once, each in one pass.
func originals(ctx context.Context, c *pgx.Conn, p *plan.Plan, s mask.Settings, more ...*pgx.Conn) (*scan.Set, error) {
	set, err := scan.NewSet(p.Manifest.Allow, s.ProductionSecrets)
	if err != nil {
		return nil, err
	}
	tables := slices.SortedStableFunc(slices.Values(p.Tables), func(a, b *plan.Table) int { return cmp.Compare(b.Bytes, a.Bytes) })
	work := make(chan *plan.Table, len(tables))
	for _, t := range tables {
		work <- t
	}
	close(work)
	readers := append([]*pgx.Conn{c}, more...)
	errs := make([]error, len(readers))
	var wg sync.WaitGroup
	for i, reader := range readers {
		wg.Go(func() {
			for t := range work {
				if errs[i] = known(ctx, reader, t, set); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return set, forget(ctx, c, p, set)
}

// known adds what a table has of them.
func known(ctx context.Context, c *pgx.Conn, t *plan.Table, set *scan.Set) error {
	if t.Truncate {
		return nil
	}
	var fields []string
	var kind []scan.Kind
	for i := range t.Columns {
		col := &t.Columns[i]
		class := effective(col)
		k, ok := kinds[class.Kind]
		if class.Action != manifest.Fake || !ok || col.Family != catalog.Text {
			continue
		}
		kind = append(kind, k)
		fields = append(fields, fmt.Sprintf("CASE WHEN %s THEN t.%s END", changed(t, col), pgx.Identifier{col.Name}.Sanitize()))
	}
	if len(fields) == 0 {
		return nil
	}
	// Rows beside each other often have the same person.
	last := make([][]byte, len(fields))
	err := stream(ctx, c, fmt.Sprintf("SELECT %s FROM ONLY %s t", strings.Join(fields, ", "), t.Quoted()), func(line []byte) error {
		i := 0
		for field := range bytes.SplitSeq(bytes.TrimSuffix(line, []byte("\n")), []byte("\t")) {
			if !bytes.Equal(field, null) && !bytes.Equal(field, last[i]) {
				set.Add(kind[i], unescape(field))
				last[i] = append(last[i][:0], field...)
			}
			i++
		}
		return nil
	})
	return safe("read "+t.Name, err)
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
