package modules

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Drift is one difference.
type Drift struct {
	Repository string `json:"repository"`
	File       string `json:"file"` // where it shows: the lock, .gitmodules, a submodule, an image
	What       string `json:"what"`
	Next       string `json:"next"`
}

// Report is what Verify looked at and found.
type Report struct {
	Repositories int     `json:"repositories"`
	Modules      int     `json:"modules"`
	Image        string  `json:"image,omitempty"`
	Drift        []Drift `json:"drift"`
}

// Verify compares the lock with the submodules as they are checked out, and
// with an image where one is given: every module of the lock is in it with the
// lock's content, and no other.
func Verify(ctx context.Context, dir, image string) (Report, error) {
	lock, err := Read(dir)
	if err != nil {
		return Report{}, err
	}
	subs, err := submodules(ctx, dir)
	if err != nil {
		return Report{}, err
	}
	r := Report{Repositories: len(lock.Repositories), Image: image, Drift: []Drift{}}
	for _, repo := range lock.Repositories {
		r.Modules += len(repo.Modules)
	}
	seen := map[string]bool{}
	for _, s := range subs {
		seen[s.name] = true
		r.Drift = append(r.Drift, s.drift(lock)...)
	}
	for _, repo := range slices.Sorted(maps.Keys(lock.Repositories)) {
		if !seen[repo] {
			r.Drift = append(r.Drift, Drift{repo, File, "it is locked, and there is no submodule " + Root + "/" + repo,
				"git submodule add " + lock.Repositories[repo].URL + " " + Root + "/" + repo + ", or odooops modules lock"})
		}
	}
	r.Drift = append(r.Drift, twice(lock)...)
	if image != "" {
		in, err := inImage(ctx, image)
		if err != nil {
			return r, err
		}
		r.Drift = append(r.Drift, imageDrift(lock, image, in)...)
	}
	return r, nil
}

// drift is what differs between one submodule and the lock.
func (s *submodule) drift(lock Lock) []Drift {
	if d := s.unfit(); d != nil {
		return []Drift{*d}
	}
	locked, ok := lock.Repositories[s.name]
	if !ok {
		return []Drift{{s.name, File, "the submodule is not locked", "odooops modules lock"}}
	}
	var drift []Drift
	say := func(file, next, format string, args ...any) {
		drift = append(drift, Drift{s.name, file, fmt.Sprintf(format, args...), next})
	}
	back := "odooops modules update " + s.name + " --to " + locked.Commit + ", or odooops modules lock if the new one is meant"
	if s.url != locked.URL {
		say(".gitmodules", "odooops modules lock if the new address is meant", "its url is %s, locked is %s", s.url, locked.URL)
	}
	if s.branch != locked.Branch {
		say(".gitmodules", "odooops modules lock if the new branch is meant", "its branch is %q, locked is %q", s.branch, locked.Branch)
	}
	if s.commit != locked.Commit {
		say(s.path, back, "the submodule is at %s, locked is %s", s.commit, locked.Commit)
		return drift // its content differs too, and that is no news
	}
	if s.tree != locked.Tree {
		say(File, back, "the files of %s hash to %s, locked is %s", short(s.commit), s.tree, locked.Tree)
	}
	for _, module := range slices.Sorted(maps.Keys(both(s.modules, locked.Modules))) {
		have, had := s.modules[module], locked.Modules[module]
		at := s.path + "/" + module
		switch {
		case had == "":
			say(at, "odooops modules lock", "module %s is not locked", module)
		case have == "":
			say(at, "odooops modules lock", "module %s is locked and not there", module)
		case have != had:
			say(at, "git -C "+s.path+" clean -xdn shows what git ignores; remove it", "module %s has the content %s, locked is %s", module, short(have), short(had))
		}
	}
	return drift
}

// unfit says why a submodule can't be compared or locked at all.
func (s *submodule) unfit() *Drift {
	init := "git submodule update --init " + s.path
	switch {
	case s.copied != "":
		return &Drift{s.name, s.copied, "it is a copy in this repository, not a submodule: nothing says where it comes from",
			"git rm -r " + s.path + ", then git submodule add URL " + s.path}
	case !name.MatchString(s.name):
		return &Drift{s.name, ".gitmodules", "its folder's name has signs that no repository of OCA has", "git mv it to the repository's own name"}
	case s.url == "":
		return &Drift{s.name, ".gitmodules", "the commit " + short(s.commit) + " is there, and no entry in .gitmodules says of which repository", "git submodule add URL " + s.path}
	case s.commit == "":
		return &Drift{s.name, ".gitmodules", "it has an entry, and git knows no commit for it", "git submodule add " + s.url + " " + s.path}
	case s.head == "":
		return &Drift{s.name, s.path, "it is not checked out, so its content was not compared", init}
	case s.head != s.commit:
		return &Drift{s.name, s.path, fmt.Sprintf("checked out is %s, the repository names %s", s.head, s.commit), init + ", or git add " + s.path}
	case len(s.dirty) > 0:
		return &Drift{s.name, s.path, fmt.Sprintf("%d files were changed in place, the first is %s", len(s.dirty), s.dirty[0]),
			"git -C " + s.path + " status; put the change into a repository of its own"}
	}
	return nil
}

// twice finds modules that two repositories have: Odoo takes one of them, and
// which one depends on a path.
func twice(lock Lock) []Drift {
	owner := map[string]string{}
	var drift []Drift
	for _, repo := range slices.Sorted(maps.Keys(lock.Repositories)) {
		for _, module := range slices.Sorted(maps.Keys(lock.Repositories[repo].Modules)) {
			if first, taken := owner[module]; taken {
				drift = append(drift, Drift{repo, File, "module " + module + " is in " + first + " too: Odoo would take either", "remove one of the submodules"})
				continue
			}
			owner[module] = repo
		}
	}
	return drift
}

func both(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return all
}

func short(hash string) string {
	hash = strings.TrimPrefix(hash, sumPrefix)
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}
