package modules

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/git"
)

// submodule is an OCA repository as git has it.
type submodule struct {
	name   string // of its folder below Root
	path   string // Root/name
	url    string // in .gitmodules; empty where that has no such entry
	branch string
	commit string // the commit that the index names; empty where it names none
	copied string // a file of it that the repository itself keeps

	head    string // the commit that is checked out; empty where none is
	tree    string
	dirty   []string
	modules map[string]string
}

// submodules are those below Root, by name. Their working trees are read too.
func submodules(ctx context.Context, dir string) ([]*submodule, error) {
	top, err := git.Line(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fault.New("read the submodules of "+dir, "give the add-ons repository: --dir DIR", err)
	}
	if same, err := sameFolder(top, dir); err != nil || !same {
		return nil, fault.Usage("read the submodules of "+dir, "give the root of the repository: --dir "+top, "%s is inside the repository %s", dir, top)
	}
	found := map[string]*submodule{}
	at := func(path string) *submodule {
		name, ok := strings.CutPrefix(path, Root+"/")
		if !ok || name == "" || strings.Contains(name, "/") {
			return nil
		}
		if found[name] == nil {
			found[name] = &submodule{name: name, path: path}
		}
		return found[name]
	}
	if err := declared(ctx, dir, at); err != nil {
		return nil, err
	}
	index, err := git.Run(ctx, dir, "ls-files", "-s", "-z", "--", Root)
	if err != nil {
		return nil, err
	}
	for _, entry := range strings.Split(strings.TrimRight(index, "\x00"), "\x00") {
		meta, path, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(meta)
		if len(fields) < 3 {
			continue
		}
		if fields[0] == "160000" {
			if s := at(path); s != nil {
				s.commit = fields[1]
			}
		} else if folder, _, inside := strings.Cut(strings.TrimPrefix(path, Root+"/"), "/"); inside {
			at(Root + "/" + folder).copied = path
		}
	}
	all := make([]*submodule, 0, len(found))
	var g errgroup.Group
	g.SetLimit(4)
	for _, s := range found {
		all = append(all, s)
		g.Go(func() error { return s.look(ctx, dir) })
	}
	slices.SortFunc(all, func(a, b *submodule) int { return strings.Compare(a.name, b.name) })
	return all, g.Wait()
}

// declared reads .gitmodules.
func declared(ctx context.Context, dir string, at func(path string) *submodule) error {
	if _, err := os.Stat(filepath.Join(dir, ".gitmodules")); os.IsNotExist(err) {
		return nil
	}
	out, err := git.Run(ctx, dir, "config", "-f", ".gitmodules", "-z", "--list")
	if err != nil {
		return fault.New("read .gitmodules", "repair the file", err)
	}
	byName := map[string]map[string]string{}
	for _, entry := range strings.Split(out, "\x00") {
		key, value, _ := strings.Cut(entry, "\n")
		rest, ok := strings.CutPrefix(key, "submodule.")
		dot := strings.LastIndex(rest, ".")
		if !ok || dot < 0 {
			continue
		}
		if byName[rest[:dot]] == nil {
			byName[rest[:dot]] = map[string]string{}
		}
		byName[rest[:dot]][rest[dot+1:]] = value
	}
	for _, values := range byName {
		if s := at(values["path"]); s != nil {
			s.url, s.branch = values["url"], values["branch"]
		}
	}
	return nil
}

// look reads what is checked out. A submodule that was never checked out is an
// empty folder, or none, in which git would answer for the repository around it.
func (s *submodule) look(ctx context.Context, dir string) error {
	full := filepath.Join(dir, s.path)
	if _, err := os.Lstat(filepath.Join(full, ".git")); err != nil {
		if os.IsNotExist(err) {
			return nil
		}
		return fmt.Errorf("look into %s: %w", s.path, err)
	}
	var err error
	if s.head, err = git.Line(ctx, full, "rev-parse", "--verify", "HEAD"); err != nil {
		return err
	}
	if s.tree, err = git.Line(ctx, full, "rev-parse", "--verify", "HEAD^{tree}"); err != nil {
		return err
	}
	status, err := git.Run(ctx, full, "status", "--porcelain", "-z", "--untracked-files=all")
	if err != nil {
		return err
	}
	if status != "" {
		s.dirty = strings.Split(strings.TrimRight(status, "\x00"), "\x00")
	}
	s.modules, err = onDisk(full)
	return err
}

func sameFolder(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	if err != nil {
		return false, err
	}
	return os.SameFile(x, y), nil
}
