package modules

import (
	"context"

	"github.com/odooops/odooops/ops/fault"
)

// Write locks the submodules as they are checked out, if each is clean and at
// the commit that the repository names. With dryRun no file is written.
func Write(ctx context.Context, dir string, dryRun bool) (Lock, error) {
	subs, err := submodules(ctx, dir)
	if err != nil {
		return Lock{}, err
	}
	l := Lock{Version: version, Repositories: map[string]Repository{}}
	for _, s := range subs {
		if d := s.unfit(); d != nil {
			return Lock{}, fault.Newf("lock "+s.path, d.Next, "%s", d.What)
		}
		l.Repositories[s.name] = s.locked()
	}
	if d := twice(l); len(d) > 0 {
		return Lock{}, fault.Newf("lock "+Root+"/"+d[0].Repository, d[0].Next, "%s", d[0].What)
	}
	if dryRun {
		return l, nil
	}
	return l, l.write(dir)
}

// locked is the submodule's entry in the lock.
func (s *submodule) locked() Repository {
	return Repository{URL: s.url, Branch: s.branch, Commit: s.commit, Tree: s.tree, Modules: s.modules}
}
