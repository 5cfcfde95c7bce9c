package modules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/odooops/odooops/ops/fault"
)

// File is the lock's name, in the root of the add-ons repository.
const File = "oca.lock.json"

// Root is where the submodules are, from the root of the add-ons repository.
const Root = "addons/external/oca"

const version = 1

// sumPrefix says what a sum is. It also keeps scanners for secrets quiet, which
// take 64 digits after a name such as auth_api_key for one.
const sumPrefix = "sha256:"

// Lock is what oca.lock.json says.
type Lock struct {
	Version      int                   `json:"version"`
	Repositories map[string]Repository `json:"repositories"` // by the name of their folder below Root
}

// Repository is one OCA repository.
type Repository struct {
	URL     string            `json:"url"`
	Branch  string            `json:"branch,omitempty"` // what update follows; the remote's own where empty
	Commit  string            `json:"commit"`
	Tree    string            `json:"tree"`    // git's hash of the commit's files
	Modules map[string]string `json:"modules"` // the sum of each module's files: see content
}

var (
	hash        = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
	digest      = regexp.MustCompile(`^` + sumPrefix + `[0-9a-f]{64}$`)
	abbreviated = regexp.MustCompile(`^[0-9a-f]{7,64}$`)
	name        = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)
)

// Read reads the lock of the add-ons repository in dir.
func Read(dir string) (Lock, error) {
	path := filepath.Join(dir, File)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Lock{}, fault.Newf("read "+File, "odooops modules lock --dir "+dir+", and commit the file", "there is none in %s", dir)
	}
	if err != nil {
		return Lock{}, fault.New("read "+File, "", err)
	}
	var l Lock
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err = d.Decode(&l); err == nil && d.More() {
		err = errors.New("there is more after its end")
	}
	if err == nil {
		err = l.check()
	}
	if err != nil {
		return Lock{}, fault.Usage("read "+path, "git checkout -- "+File+", or odooops modules lock to write it anew", "%v", err)
	}
	return l, nil
}

// check refuses what no Lock writes.
func (l Lock) check() error {
	if l.Version != version {
		return fmt.Errorf("version %d, this odooops knows %d", l.Version, version)
	}
	if l.Repositories == nil {
		return errors.New("it has no repositories")
	}
	for repo, r := range l.Repositories {
		switch {
		case !name.MatchString(repo):
			return fmt.Errorf("%q is no name of a repository", repo)
		case !hash.MatchString(r.Commit):
			return fmt.Errorf("%s: commit %q is no full hash", repo, r.Commit)
		case !hash.MatchString(r.Tree):
			return fmt.Errorf("%s: tree %q is no full hash", repo, r.Tree)
		}
		for module, sum := range r.Modules {
			if !digest.MatchString(sum) {
				return fmt.Errorf("%s: module %s: %q is no sum", repo, module, sum)
			}
		}
	}
	return nil
}

// write replaces the file at once, or leaves the old one.
func (l Lock) write(dir string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(l); err != nil {
		return fmt.Errorf("encode %s: %w", File, err)
	}
	path := filepath.Join(dir, File)
	f, err := os.CreateTemp(dir, "."+File+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(b.Bytes())
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
