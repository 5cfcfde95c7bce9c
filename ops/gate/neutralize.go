package gate

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"

	odooimage "github.com/odooops/odooops/images/odoo"
)

// Neutralize wants a data/neutralize.sql of every module that talks to somebody
// outside, by the very rule by which a restore refuses it, and of those that
// hold credentials.
type Neutralize struct {
	Dir string
	// Harmless are modules of others, where such a file can't be added, that
	// somebody has looked at.
	Harmless []string
	// Database says which modules are installed: the others only warn.
	Database *Database
}

const neutralizeNext = "add data/neutralize.sql that switches it off in a copy, SELECT 1; where there is nothing to switch off, or give --harmless for a module that isn't yours"

// Check the modules of a checkout.
func (g Neutralize) Check(ctx context.Context) (Report, error) {
	what := "gate neutralize"
	var r Report
	t, err := openTree(ctx, "neutralize", g.Dir)
	if err != nil {
		return r, err
	}
	modules, err := t.checked(&r)
	if err != nil {
		return r, err
	}
	installed := map[string]bool{}
	if g.Database != nil {
		found, err := rows[struct{ Name, Author string }](ctx, g.Database, what, installedSQL)
		if err != nil {
			return r, err
		}
		for _, m := range found {
			installed[m.Name] = true
			if m.Author != "Odoo S.A." && !slices.ContainsFunc(modules, func(o *module) bool { return o.name == m.Name }) {
				r.warn(m.Name, 0, "give --dir the folder that has it, or run the gate there too", "it is installed in %s and not in %s", g.Database.Name, g.Dir)
			}
		}
	}
	var without []*module
	for _, m := range modules {
		sql := path.Join(m.dir, "data/neutralize.sql")
		if slices.Contains(m.files, sql) {
			text, err := t.read(sql)
			if err != nil {
				return r, err
			}
			if strings.TrimSpace(string(text)) == "" {
				r.warn(sql, 0, "write SELECT 1; where there is nothing to switch off", "it is empty")
			}
			continue
		}
		if !slices.Contains(g.Harmless, m.name) {
			without = append(without, m)
		}
	}
	level := func(m *module) Level {
		if g.Database != nil && !installed[m.name] {
			return Warn
		}
		return Fail
	}
	why, err := talks(ctx, what, t, without)
	if err != nil {
		return r, err
	}
	models, err := t.models(ctx, &r, without, "fields.")
	if err != nil {
		return r, err
	}
	for i, m := range without {
		if why[i] != "" {
			r.add(level(m), m.dir, 0, neutralizeNext, "it seems to talk to others (%s) and brings no data/neutralize.sql", why[i])
			continue
		}
		for _, d := range models {
			if f, ok := credential(d); ok && d.module == m.name {
				r.add(level(m), d.file, f.Line, neutralizeNext, "it holds a credential (%s) and the module brings no data/neutralize.sql", f.Name)
				break
			}
		}
	}
	return r, nil
}

const installedSQL = `SELECT name, coalesce(author, '') AS author FROM ir_module_module WHERE state IN ('installed', 'to upgrade', 'to remove')`

// talks is why each module needs the file, by the image's own rule.
func talks(ctx context.Context, what string, t *tree, modules []*module) ([]string, error) {
	type asked struct{ Name, Path string }
	request := []asked{}
	for _, m := range modules {
		request = append(request, asked{m.name, t.full(m.dir)})
	}
	var why []string
	script := odooimage.Talks + `
import json, sys
json.dump([why(m["Name"], m["Path"]) or "" for m in json.load(sys.stdin)], sys.stdout)
`
	return why, python(ctx, what, script, request, &why)
}

var credentials = regexp.MustCompile(`(^|_)(password|passwd|secret|client_secret|api_?key|private_key|credentials?|auth_token|refresh_token|bearer_token|api_token)$`)

// credential is a field of a model that keeps one.
func credential(m model) (modelField, bool) {
	for _, f := range m.Fields {
		if slices.Contains([]string{"Char", "Text", "Binary"}, f.Type) && credentials.MatchString(f.Name) && stored(f) {
			return f, true
		}
	}
	return modelField{}, false
}

// stored is true for a field whose value is kept. What can't be told is.
func stored(f modelField) bool {
	store, given := f.Options["store"]
	if given {
		return store != false
	}
	return f.Options["compute"] == nil && f.Options["related"] == nil
}
