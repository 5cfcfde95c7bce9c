package gate

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// tree is a checkout of addons.
type tree struct {
	gate string // for errors
	root string
	// files are below root, with slashes, in order: neither Odoo's own addons
	// nor what tools leave behind.
	files []string
}

// passed are folders that hold nothing of the team's.
var passed = []string{".git", ".odooops", "node_modules", "__pycache__", ".venv", "venv"}

// odoos are where Odoo's own addons lie in a checkout; they come as they are.
var odoos = []string{"addons/odoo", "odoo/addons", "odoo/odoo/addons"}

// isOdoos is true for such a folder that does hold Odoo's.
func isOdoos(root, rel string) bool {
	if !slices.Contains(odoos, rel) {
		return false
	}
	for _, own := range []string{"web", "base"} {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(rel), own, "__manifest__.py")); err == nil {
			return true
		}
	}
	return false
}

// openTree lists a checkout. Symbolic links are not followed: OCA's setup/
// folders link to the modules that are listed anyway.
func openTree(ctx context.Context, gate, root string) (*tree, error) {
	what := "gate " + gate
	info, err := os.Stat(root)
	if err != nil || !info.IsDir() {
		return nil, fault.Usage(what, "give --dir the folder of the addons", "%s is no folder that can be read", root)
	}
	t := &tree{gate: gate, root: root}
	err = filepath.WalkDir(root, func(full string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(root, full)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			if rel != "." && (slices.Contains(passed, entry.Name()) || isOdoos(root, rel)) {
				return fs.SkipDir
			}
			return nil
		}
		if entry.Type().IsRegular() {
			t.files = append(t.files, rel)
		}
		return nil
	})
	if err != nil {
		return nil, fault.New(what, "", err)
	}
	return t, nil
}

func (t *tree) full(rel string) string { return filepath.Join(t.root, filepath.FromSlash(rel)) }

// read is a file's content; one that can't be read fails the gate.
func (t *tree) read(rel string) ([]byte, error) {
	b, err := os.ReadFile(t.full(rel))
	if err != nil {
		return nil, fault.New("gate "+t.gate, "make it readable", err)
	}
	return b, nil
}

// module is a folder with a manifest.
type module struct {
	name string
	dir  string // below the tree's root; "." is the root itself
	// files are the module's, as in tree.files.
	files []string
}

// modules are those of the tree, by folder. None is an error: a wrong folder
// would pass.
func (t *tree) modules() ([]*module, error) {
	byDir := map[string]*module{}
	var all []*module
	for _, f := range t.files {
		if path.Base(f) != "__manifest__.py" {
			continue
		}
		m := &module{name: path.Base(path.Dir(f)), dir: path.Dir(f)}
		if m.dir == "." {
			if abs, err := filepath.Abs(t.root); err == nil {
				m.name = filepath.Base(abs)
			}
		}
		byDir[m.dir], all = m, append(all, m)
	}
	if len(all) == 0 {
		return nil, fault.Newf("gate "+t.gate, "give --dir the folder of the addons", "no module (a folder with __manifest__.py) in %s", t.root)
	}
	for _, f := range t.files {
		for dir := path.Dir(f); ; dir = path.Dir(dir) {
			if m := byDir[dir]; m != nil {
				m.files = append(m.files, f)
				break
			}
			if dir == "." {
				break
			}
		}
	}
	return all, nil
}

// checked are the modules, which the report then says were looked at.
func (t *tree) checked(r *Report) ([]*module, error) {
	modules, err := t.modules()
	for _, m := range modules {
		r.Checked = append(r.Checked, m.dir)
	}
	return modules, err
}

// in is true below one of the module's folders, such as "tests".
func (m *module) in(file string, folders ...string) bool {
	rel := strings.TrimPrefix(file, m.dir+"/")
	first, _, below := strings.Cut(rel, "/")
	return below && slices.Contains(folders, first)
}
