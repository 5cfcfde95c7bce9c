// Package plan says what happens to each column of a database under a
// manifest, or why it can't: columns without a class, classes that don't fit.
package plan

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/catalog"
	"github.com/odooops/odooops/ops/mask/manifest"
)

// Plan of a copy.
type Plan struct {
	Manifest     *manifest.Manifest
	Tables       []*Table
	Unclassified []mask.Unclassified
	Unused       []string
	Problems     []string
}

// Table of the plan.
type Table struct {
	*catalog.Table
	Truncate bool
	Columns  []Column
	Rules    []manifest.Rule
}

// Column of the plan. What needs no class is kept.
type Column struct {
	*catalog.Column
	Class manifest.Class
	Plain bool // an id, a reference, a boolean, a stamp: nothing to look for
}

// Parameters and Attachments are tables with rules of their own.
const (
	Parameters  = "ir_config_parameter"
	Attachments = "ir_attachment"
)

var fileColumns = []string{"store_fname", "checksum", "file_size", "mimetype", "url", "index_content", "db_datas"}

// New makes the plan.
func New(m *manifest.Manifest, tables []*catalog.Table) *Plan {
	p := &Plan{Manifest: m}
	truncated := map[string]bool{}
	for name, t := range m.Tables {
		truncated[name] = t.Truncate
	}
	for _, t := range tables {
		p.Tables = append(p.Tables, p.table(t, truncated))
	}
	p.unused(tables)
	sort.Strings(p.Problems)
	return p
}

// Ready is true if the plan can be carried out.
func (p *Plan) Ready() bool { return len(p.Unclassified) == 0 && len(p.Problems) == 0 }

func (p *Plan) problem(t *catalog.Table, column, format string, args ...any) {
	p.Problems = append(p.Problems, fmt.Sprintf("%s.%s: %s", t.Name, column, fmt.Sprintf(format, args...)))
}

func (p *Plan) table(t *catalog.Table, truncated map[string]bool) *Table {
	entry := p.Manifest.Tables[t.Name]
	out := &Table{Table: t, Truncate: entry.Truncate, Rules: p.Manifest.Rows[t.Name]}
	for i := range t.Columns {
		col := &t.Columns[i]
		if col.Generated { // from others of the row, so masked as they are
			continue
		}
		c := Column{Column: col, Plain: plain(col), Class: manifest.Class{Action: manifest.Keep}}
		if class, known := entry.Columns[col.Name]; known {
			c.Class, c.Plain = class, c.Plain && class.Action == manifest.Keep
		} else if t.Name == Parameters && col.Name == "value" {
			c.Class = manifest.Class{Action: manifest.Null}
		} else if !c.Plain && !entry.Truncate {
			p.Unclassified = append(p.Unclassified, mask.Unclassified{
				Table: t.Name, Column: col.Name, Type: col.Type, Module: col.Module, Proposal: Propose(t.Name, col),
			})
		}
		if !entry.Truncate && col.Reference != "" && truncated[col.Reference] {
			if col.NotNull {
				p.problem(t, col.Name, "it refers to %s, which is truncated, and can't be null: truncate %s too", col.Reference, t.Name)
			}
			c.Class, c.Plain = manifest.Class{Action: manifest.Null}, false
		}
		if !entry.Truncate {
			p.fits(t, col, c.Class)
		}
		out.Columns = append(out.Columns, c)
	}
	for _, r := range out.Rules {
		for name, class := range r.Columns {
			if col := t.Column(name); col == nil {
				p.problem(t, name, "a rule of rows names it and it isn't there")
			} else {
				p.fits(t, col, class)
			}
		}
	}
	return out
}

// anyones are ids of whichever table the row says. Others without a foreign
// key may be numbers that a state or a bank gave somebody.
var anyones = regexp.MustCompile(`(^|_)(res|thread|action)_id$`)

// plain are the columns that need no class.
func plain(c *catalog.Column) bool {
	switch {
	case c.Array:
		return false
	case c.Family == catalog.Bool:
		return true
	case c.Reference != "": // of a text it is that text
		return c.Family != catalog.Text && c.Family != catalog.JSON
	case c.Family == catalog.Int:
		return c.Key || c.Name == "id" || anyones.MatchString(c.Name) || c.Name == "create_uid" || c.Name == "write_uid"
	case c.Family == catalog.Date:
		return c.Name == "create_date" || c.Name == "write_date"
	}
	return false
}

// fits adds a problem if a class can't be applied to a column.
func (p *Plan) fits(t *catalog.Table, col *catalog.Column, c manifest.Class) {
	switch c.Action {
	case manifest.Shipped:
		if t.Name != "ir_model_data" && (t.Column("id") == nil || t.Column("write_uid") == nil) {
			p.problem(t, col.Name, "%s: rows without id and write_uid belong to no module", c)
		}
		p.fits(t, col, *c.Else)
	case manifest.Null:
		if col.NotNull && !slices.Contains([]catalog.Family{catalog.Text, catalog.JSON, catalog.Int, catalog.Number, catalog.Bytes}, col.Family) && !col.Array {
			p.problem(t, col.Name, "%s: it can't be null and %s has no empty value", c, col.Type)
		}
	case manifest.Redact:
		if col.Family == catalog.Enum || col.Family == catalog.Other || col.Family == catalog.Inet || col.Family == catalog.Bool {
			p.problem(t, col.Name, "%s: %s has no shape to keep; use keep or null", c, col.Type)
		}
		if col.Alone && col.Family == catalog.Text {
			p.problem(t, col.Name, "%s: it is unique, and what is redacted would not be; use fake", c)
		}
	case manifest.Secret:
		if col.NotNull && col.Family != catalog.Text || col.Array {
			p.problem(t, col.Name, "%s: it can't be null and %s is no text", c, col.Type)
		}
	case manifest.File:
		if t.Name != Attachments || !slices.Contains(fileColumns, col.Name) {
			p.problem(t, col.Name, "file is only for these columns of %s: %s", Attachments, strings.Join(fileColumns, " "))
		}
	case manifest.Fake:
		p.fitsFake(t, col, c)
	case manifest.Derive:
		for _, name := range c.Expr.Columns() {
			if other := t.Column(name); other == nil {
				p.problem(t, col.Name, "%s: there is no column %s", c, name)
			} else if name == col.Name || derived(p.Manifest.Tables[t.Name].Columns[name]) {
				p.problem(t, col.Name, "%s: %s is derived itself", c, name)
			}
		}
	}
}

func derived(c manifest.Class) bool { return c.Action == manifest.Derive }

func (p *Plan) fitsFake(t *catalog.Table, col *catalog.Column, c manifest.Class) {
	ok := false
	switch col.Family {
	case catalog.Text, catalog.JSON:
		ok = true
	case catalog.Int, catalog.Number:
		ok = c.Kind == "number"
	case catalog.Date:
		ok = c.Kind == "date"
	case catalog.Inet:
		ok = c.Kind == "ip"
	}
	if !ok {
		p.problem(t, col.Name, "%s does not fit %s", c, col.Type)
	}
	if col.Alone && slices.Contains([]string{"phone", "vat", "city", "street", "number", "date", "ip", "html"}, c.Kind) {
		p.problem(t, col.Name, "%s: it is unique, and there are too few of that kind", c)
	}
}

func (p *Plan) unused(tables []*catalog.Table) {
	there := map[string]*catalog.Table{}
	for _, t := range tables {
		there[t.Name] = t
	}
	for name, entry := range p.Manifest.Tables {
		t := there[name]
		if t == nil {
			p.Unused = append(p.Unused, name)
			continue
		}
		for column := range entry.Columns {
			if t.Column(column) == nil {
				p.Unused = append(p.Unused, name+"."+column)
			}
		}
	}
	sort.Strings(p.Unused)
}
