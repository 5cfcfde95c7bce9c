// Package project knows the checkout: where it is, where its private state
// lives, and which environment the engine and its providers run in. It starts
// nothing and imports no Pulumi.
package project

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

// Name is the Pulumi project's name, as in Pulumi.yaml.
const Name = "odooops"

// Project is one checkout.
type Project struct {
	Root string // absolute; holds Pulumi.yaml
}

// Find walks up from dir to the folder that holds Pulumi.yaml and go.mod.
func Find(dir string) (*Project, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", dir, err)
	}
	for d := abs; ; d = filepath.Dir(d) {
		if isFile(filepath.Join(d, "Pulumi.yaml")) {
			return &Project{Root: d}, nil
		}
		if d == filepath.Dir(d) {
			return nil, fault.Usage("find the project", "cd into a checkout of OdooOps, or give --cwd",
				"no Pulumi.yaml in %s or above it", abs)
		}
	}
}

// Private is the checkout's own runtime state, never committed.
func (p *Project) Private(elem ...string) string {
	return filepath.Join(append([]string{p.Root, ".odooops"}, elem...)...)
}

// MakePrivate makes a folder below Private, readable by this user alone.
func (p *Project) MakePrivate(elem ...string) (string, error) {
	dir := p.Private(elem...)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make %s: %w", dir, err)
	}
	return dir, nil
}

// Bin is a program the project built for itself.
func (p *Project) Bin(name string) string { return filepath.Join(p.Root, "bin", name) }

// StackFile is the path of a stack's config.
func (p *Project) StackFile(stack string) string {
	return filepath.Join(p.Root, "Pulumi."+stack+".yaml")
}

var stackName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// PreviewTemplate is the config file that all previews share. There is no
// stack of that name.
const PreviewTemplate = "preview"

// CheckStack refuses a stack that has no config file.
func (p *Project) CheckStack(stack string) error {
	if stack == PreviewTemplate || IsPreview(stack) {
		return fault.Usage("stack "+stack, "run odooops pr up --number N, or odooops pr down --number N",
			"Pulumi."+PreviewTemplate+".yaml is what all previews share; each is a stack of its own, made from it")
	}
	if config.IsRestore(stack) {
		return fault.Usage("stack "+stack, "run the restore again: it goes on in there, and ends it; or odooops ttl sweep --zone core when its time is over",
			"it is the machine of a restore, and made, used and destroyed by that alone")
	}
	if !stackName.MatchString(stack) {
		return fault.Usage("stack "+stack, "use lower-case letters, digits and dashes", "not a stack's name")
	}
	if !isFile(p.StackFile(stack)) {
		return fault.Usage("stack "+stack, "one of: "+strings.Join(p.Stacks(), ", "),
			"%s does not exist", filepath.Base(p.StackFile(stack)))
	}
	return nil
}

// Stacks are the stacks with a config file, platforms first: a droplet can't
// change its VPC later, so the platform comes before what stands on it. The
// previews' shared file is none.
func (p *Project) Stacks() []string {
	return slices.DeleteFunc(p.Configs(), func(name string) bool { return name == PreviewTemplate })
}

// Configs are the names of all config files: the stacks and what previews share.
func (p *Project) Configs() []string {
	files, _ := filepath.Glob(filepath.Join(p.Root, "Pulumi.*.yaml"))
	var names []string
	for _, f := range files {
		n := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "Pulumi."), ".yaml")
		if stackName.MatchString(n) {
			names = append(names, n)
		}
	}
	sort.Slice(names, func(i, j int) bool {
		if (names[i] == "platform") != (names[j] == "platform") {
			return names[i] == "platform"
		}
		return names[i] < names[j]
	})
	return names
}

// CheckEngine says whether there is a pulumi to run.
func (p *Project) CheckEngine() error {
	if isFile(p.Bin("pulumi")) {
		return nil
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if isFile(filepath.Join(dir, "pulumi")) {
			return nil
		}
	}
	return fault.New("find the engine", "run make tools", errors.New("no pulumi in bin/ or on PATH"))
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}
