package modules

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/git"
)

// Moved says what an update did, or would do.
type Moved struct {
	Repository string   `json:"repository"`
	From       string   `json:"from"`
	To         string   `json:"to"`
	Added      []string `json:"added"`
	Removed    []string `json:"removed"`
	Changed    []string `json:"changed"`
}

// Update moves one repository to the newest commit of its branch, or to one of
// its branches' commits, and the lock with it. The submodule's new commit is
// staged; the caller commits it together with the lock. If a step fails, the
// submodule goes back to where it was. With dryRun the commit is fetched, and
// nothing else happens.
func Update(ctx context.Context, dir, repo, to string, dryRun bool) (Moved, error) {
	what := "update " + repo
	lock, err := Read(dir)
	if err != nil {
		return Moved{}, err
	}
	subs, err := submodules(ctx, dir)
	if err != nil {
		return Moved{}, err
	}
	at := slices.IndexFunc(subs, func(s *submodule) bool { return s.name == repo })
	if at < 0 {
		return Moved{}, fault.Usage(what, "git submodule status lists them", "there is no submodule %s/%s", Root, repo)
	}
	s := subs[at]
	// A submodule that is not where the lock is may still be moved: that is
	// how one goes back.
	if d := s.unfit(); d != nil {
		return Moved{}, fault.Newf(what, d.Next, "%s", d.What)
	}
	full := filepath.Join(dir, s.path)
	target, err := s.target(ctx, full, to)
	if err != nil {
		return Moved{}, fault.New(what, "check the address and the way to it: git -C "+s.path+" fetch origin", err)
	}
	before := *s
	if dryRun {
		return s.preview(ctx, full, target)
	}
	back := func(cause error) error {
		c := context.WithoutCancel(ctx)
		_, err := git.Run(c, full, "checkout", "--quiet", "--detach", before.commit)
		if err == nil {
			_, err = git.Run(c, dir, "add", "--", s.path)
		}
		if err != nil {
			return fault.New(what, "git submodule update "+s.path, errors.Join(cause, err))
		}
		return fault.New(what, "run it again; the submodule is back at "+short(before.commit), cause)
	}
	if _, err := git.Run(ctx, full, "checkout", "--quiet", "--detach", target); err != nil {
		return Moved{}, back(err)
	}
	if _, err := git.Run(ctx, dir, "add", "--", s.path); err != nil {
		return Moved{}, back(err)
	}
	s.commit = target
	if err := s.look(ctx, dir); err != nil {
		return Moved{}, back(err)
	}
	if lock.Repositories[repo] = s.locked(); len(twice(lock)) > 0 {
		d := twice(lock)[0]
		return Moved{}, back(errors.New(d.What))
	}
	if err := lock.write(dir); err != nil {
		return Moved{}, back(err)
	}
	return moved(repo, before.commit, target, before.modules, s.modules), nil
}

// target is the commit to move to, fetched. One that no branch of the
// repository has is refused: a forge hands out the commits of anybody's fork
// under the address of the original.
func (s *submodule) target(ctx context.Context, full, to string) (string, error) {
	origin, err := git.Line(ctx, full, "config", "--get", "remote.origin.url")
	if err != nil || !strings.HasPrefix(s.url, ".") && origin != s.url {
		return "", fmt.Errorf("its remote is %q, .gitmodules says %s: git submodule sync %s", origin, s.url, s.path)
	}
	if _, err := git.Run(ctx, full, "fetch", "--quiet", "--prune", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"); err != nil {
		return "", err
	}
	if to == "" {
		if to = s.branch; to == "" {
			return "", fmt.Errorf("no branch to follow: git submodule set-branch --branch 19.0 %s, or give --to", s.path)
		}
	}
	// The remote's branch, not one of that name which somebody made here.
	refs := []string{"refs/remotes/origin/" + to, "refs/tags/" + to}
	if abbreviated.MatchString(to) {
		refs = append(refs, to)
	}
	target := ""
	for _, ref := range refs {
		if target, err = git.Line(ctx, full, "rev-parse", "--verify", "--quiet", ref+"^{commit}"); err == nil {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("%s has no commit, branch or tag %s", s.url, to)
	}
	on, err := git.Line(ctx, full, "for-each-ref", "--count=1", "--contains", target, "refs/remotes/origin")
	if err != nil {
		return "", err
	}
	if on == "" {
		return "", fmt.Errorf("%s is on no branch of %s: what is not merged there belongs into a fork of yours, as a submodule of its own", target, s.url)
	}
	return target, nil
}

// preview reads the target's modules off git: their trees say which differ.
func (s *submodule) preview(ctx context.Context, full, target string) (Moved, error) {
	trees := func(commit string) (map[string]string, error) {
		out, err := git.Run(ctx, full, "ls-tree", "-d", "-z", commit)
		if err != nil {
			return nil, err
		}
		manifests, err := git.Run(ctx, full, "ls-tree", "-r", "-z", "--name-only", commit)
		if err != nil {
			return nil, err
		}
		has := map[string]bool{}
		for _, path := range strings.Split(manifests, "\x00") {
			if module, ok := strings.CutSuffix(path, "/__manifest__.py"); ok {
				has[module] = true
			}
		}
		all := map[string]string{}
		for _, entry := range strings.Split(strings.TrimRight(out, "\x00"), "\x00") {
			meta, name, _ := strings.Cut(entry, "\t")
			if has[name] {
				all[name] = meta
			}
		}
		return all, nil
	}
	before, err := trees(s.commit)
	if err != nil {
		return Moved{}, err
	}
	after, err := trees(target)
	if err != nil {
		return Moved{}, err
	}
	return moved(s.name, s.commit, target, before, after), nil
}

func moved(repo, from, to string, before, after map[string]string) Moved {
	m := Moved{Repository: repo, From: from, To: to, Added: []string{}, Removed: []string{}, Changed: []string{}}
	for _, module := range slices.Sorted(maps.Keys(both(before, after))) {
		switch old, now := before[module], after[module]; {
		case old == "":
			m.Added = append(m.Added, module)
		case now == "":
			m.Removed = append(m.Removed, module)
		case old != now:
			m.Changed = append(m.Changed, module)
		}
	}
	return m
}
