package gate

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/catalog"
	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/ops/mask/plan"
)

// Mask wants every column in the masking manifest: one that it doesn't know
// refuses the next restore. Of a checkout it looks at the fields that the
// modules declare; it can't see those that a model copies from another module's.
// Of a database it sees all.
type Mask struct {
	Dir string
	// Sources are the manifest; nil is this version's.
	Sources map[string]string
	// Database and its name: how a stack's is checked.
	Database string
	Ask      func(ctx context.Context, sources map[string]string) (mask.CheckResult, error)
}

// ReadManifest is this version's manifest, with a folder's files in place of
// those of the same names.
func ReadManifest(what, dir string) (map[string]string, error) {
	sources, err := manifest.Sources()
	if err != nil || dir == "" {
		return sources, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, fault.Usage(what, "give --manifest a folder such as ops/mask/manifest", "no file of a manifest (*.yaml) in %s", dir)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, fault.New(what, "make it readable", err)
		}
		sources[filepath.Base(f)] = string(b)
	}
	return sources, nil
}

const maskNext = "review it and put it into the manifest (docs/masking.md)"

// Check a database, or the modules of a checkout.
func (g Mask) Check(ctx context.Context) (Report, error) {
	what := "gate mask"
	sources := g.Sources
	if sources == nil {
		var err error
		if sources, err = ReadManifest(what, ""); err != nil {
			return Report{}, err
		}
	}
	if g.Ask != nil {
		return g.database(ctx, sources)
	}
	m, err := manifest.Parse(sources)
	if err != nil {
		return Report{}, fault.New(what, "correct the manifest", err)
	}
	return g.modules(ctx, m)
}

func (g Mask) database(ctx context.Context, sources map[string]string) (Report, error) {
	result, err := g.Ask(ctx, sources)
	if err != nil {
		return Report{}, err
	}
	r := Report{Checked: []string{g.Database}}
	for _, u := range result.Unclassified {
		r.fail(g.Database, 0, "proposed: "+u.Proposal+"; "+maskNext, "%s.%s (%s, of %s) has no class", u.Table, u.Column, u.Type, cmp.Or(u.Module, "no module"))
	}
	for _, p := range result.Problems {
		r.fail(g.Database, 0, "give it another class in the manifest (docs/masking.md)", "%s", p)
	}
	return r, nil
}

// declared is where a column comes from.
type declared struct {
	file          string
	line          int
	module, table string
	transient     bool // of a wizard
}

func (g Mask) modules(ctx context.Context, m *manifest.Manifest) (r Report, err error) {
	t, err := openTree(ctx, "mask", g.Dir)
	if err != nil {
		return r, err
	}
	modules, err := t.checked(&r)
	if err != nil {
		return r, err
	}
	models, err := t.models(ctx, &r, modules, "models.")
	if err != nil {
		return r, err
	}
	tables, at := columns(models)
	for _, u := range plan.New(m, tables).Unclassified {
		d := at[u.Table+"."+u.Column]
		r.fail(d.file, d.line, "proposed for "+u.Module+".yaml: "+u.Column+": "+u.Proposal+"; "+maskNext,
			"%s.%s (%s) has no class: a restore would refuse it", u.Table, u.Column, u.Type)
	}
	return r, nil
}

// columns are the tables that the models make, with no more than the columns
// that they declare, and where each is declared.
func columns(models []model) ([]*catalog.Table, map[string]declared) {
	abstract := map[string][]model{} // by name, with all that extends it
	for _, m := range models {
		if m.Kind == "AbstractModel" && m.Name != "" {
			abstract[m.Name] = nil
		}
	}
	for _, m := range models {
		if _, ok := abstract[name1(m)]; ok {
			abstract[name1(m)] = append(abstract[name1(m)], m)
		}
	}
	tables, at := map[string]*catalog.Table{}, map[string]declared{}
	fields := map[string][]modelField{} // by table.column, all that declare it
	var order []string
	var add func(table string, of, m model, busy []string)
	add = func(table string, of, m model, busy []string) {
		for _, f := range m.Fields {
			key := table + "." + f.Name
			if fields[key] = append(fields[key], f); len(fields[key]) > 1 {
				continue
			}
			order = append(order, key)
			if tables[table] == nil {
				tables[table] = &catalog.Table{Schema: "public", Name: table}
			}
			at[key] = declared{file: m.file, line: f.Line, module: m.module, table: table, transient: of.Kind == "TransientModel"}
		}
		for _, parent := range m.Inherit {
			if slices.Contains(busy, parent) {
				continue
			}
			for _, mixin := range abstract[parent] {
				add(table, of, mixin, append(busy, parent))
			}
		}
	}
	for _, m := range models {
		if _, isAbstract := abstract[name1(m)]; isAbstract || m.Kind == "AbstractModel" || !m.Auto || name1(m) == "" {
			continue
		}
		table := cmp.Or(m.Table, strings.ReplaceAll(name1(m), ".", "_"))
		add(table, m, m, []string{name1(m)})
	}
	for _, key := range order {
		if column, ok := columnOf(fields[key]); ok {
			d := at[key]
			column.Module, column.Transient = d.module, d.transient
			tables[d.table].Columns = append(tables[d.table].Columns, column)
		}
	}
	all := make([]*catalog.Table, 0, len(tables))
	for _, table := range tables {
		all = append(all, table)
	}
	slices.SortFunc(all, func(a, b *catalog.Table) int { return cmp.Compare(a.Name, b.Name) })
	return all, at
}

// name1 is the model that a class makes or extends.
func name1(m model) string {
	if m.Name == "" && len(m.Inherit) > 0 {
		return m.Inherit[0]
	}
	return m.Name
}

var fieldTypes = map[string]catalog.Column{
	"Char": {Type: "character varying", Family: catalog.Text}, "Text": {Type: "text", Family: catalog.Text},
	"Html": {Type: "text", Family: catalog.Text}, "Selection": {Type: "character varying", Family: catalog.Text},
	"Reference": {Type: "character varying", Family: catalog.Text}, "Integer": {Type: "integer", Family: catalog.Int},
	"Many2oneReference": {Type: "integer", Family: catalog.Int}, "Many2one": {Type: "integer", Family: catalog.Int, Reference: "any"},
	"Float": {Type: "numeric", Family: catalog.Number}, "Monetary": {Type: "numeric", Family: catalog.Number},
	"Date": {Type: "date", Family: catalog.Date}, "Datetime": {Type: "timestamp without time zone", Family: catalog.Date},
	"Boolean": {Type: "boolean", Family: catalog.Bool}, "Binary": {Type: "bytea", Family: catalog.Bytes}, "Image": {Type: "bytea", Family: catalog.Bytes},
	"Json": {Type: "jsonb", Family: catalog.JSON}, "Properties": {Type: "jsonb", Family: catalog.JSON},
	"PropertiesDefinition": {Type: "jsonb", Family: catalog.JSON}, "Serialized": {Type: "text", Family: catalog.Text},
}

// columnOf is the column of a field, if it has one: by all that declare it, of
// which those that come later change only what they name. A type that isn't
// Odoo's is taken to have one.
func columnOf(all []modelField) (catalog.Column, bool) {
	f := modelField{Name: all[0].Name, Type: all[0].Type, Options: map[string]any{}}
	for _, one := range all {
		for name, value := range one.Options {
			if old, given := f.Options[name]; !given || old == nil || old == false {
				f.Options[name] = value
			}
		}
	}
	if !stored(f) || slices.Contains([]string{"One2many", "Many2many", "Command", "first"}, f.Type) {
		return catalog.Column{}, false
	}
	// Pictures and files are attachments, unless they are told not to be.
	if inAttachment, given := f.Options["attachment"]; (f.Type == "Binary" || f.Type == "Image") && (!given || inAttachment != false) {
		return catalog.Column{}, false
	}
	column, known := fieldTypes[f.Type]
	if !known {
		column = catalog.Column{Type: f.Type, Family: catalog.Other}
	}
	for _, option := range []string{"company_dependent", "translate"} {
		if v, given := f.Options[option]; given && v != false && column.Family != catalog.Bytes {
			column.Type, column.Family, column.Reference = "jsonb", catalog.JSON, ""
		}
	}
	column.Name = f.Name
	return column, true
}
