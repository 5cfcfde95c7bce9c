// Package index reads and writes what a backend says about its stacks without
// opening any of them: their names, and their tags. The tags are the only
// truth about when a preview or a staging ends. It decides nothing.
package index

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
)

// The tags that operations set.
const (
	ExpiresAt = "odooops:expires-at" // RFC 3339
	Created   = "odooops:created"    // RFC 3339
	Owner     = "odooops:owner"
	HostID    = "odooops:host-id"     // droplet that a preview's containers were made on
	Reset     = "odooops:reset-token" // the last --reset-data
)

// Index of one zone's backend.
type Index struct {
	Project *project.Project
	Env     map[string]string // the engine's, for the zone
}

// Stacks are the project's stacks in the backend. A backend that can't be
// read is an error, never an empty list.
func (x Index) Stacks(ctx context.Context) ([]string, error) {
	if dir, ok := x.files(); ok {
		return stacksIn(dir)
	}
	out, err := x.pulumi(ctx, "stack", "ls", "--json", "--project", project.Name)
	if err != nil {
		return nil, fmt.Errorf("list the stacks of %s: %w", x.Env["PULUMI_BACKEND_URL"], err)
	}
	var list []struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, fmt.Errorf("list the stacks of %s: %w", x.Env["PULUMI_BACKEND_URL"], err)
	}
	var names []string
	for _, s := range list {
		names = append(names, s.Name[strings.LastIndex(s.Name, "/")+1:])
	}
	slices.Sort(names)
	return names, nil
}

// Tags of a stack. A stack without any has an empty map.
func (x Index) Tags(ctx context.Context, stack string) (map[string]string, error) {
	if path, ok := x.tagsFile(stack); ok {
		if tags, known, err := readTags(path); known || err != nil {
			return tags, err
		}
	}
	out, err := x.pulumi(ctx, "stack", "tag", "ls", "--json", "--stack", stack)
	if err != nil {
		return nil, fmt.Errorf("read the tags of %s: %w", stack, err)
	}
	tags := map[string]string{}
	if err := json.Unmarshal(out, &tags); err != nil {
		return nil, fmt.Errorf("read the tags of %s: %w", stack, err)
	}
	return tags, nil
}

// Set sets tags and keeps the others.
func (x Index) Set(ctx context.Context, stack string, tags map[string]string) error {
	if path, ok := x.tagsFile(stack); ok {
		if old, known, err := readTags(path); err == nil && known {
			maps.Copy(old, tags)
			return writeTags(path, old)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		if _, err := x.pulumi(ctx, "stack", "tag", "set", name, tags[name], "--stack", stack); err != nil {
			return fmt.Errorf("set the tag %s of %s: %w", name, stack, err)
		}
	}
	return nil
}

// Expiry is when a stack ends.
func Expiry(tags map[string]string) (time.Time, error) {
	text := tags[ExpiresAt]
	if text == "" {
		return time.Time{}, errors.New("it has no tag " + ExpiresAt)
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("its tag %s is %q, which is no time (RFC 3339)", ExpiresAt, text)
	}
	return at, nil
}

// files is the folder of a file backend's stacks.
func (x Index) files() (string, bool) {
	dir, ok := strings.CutPrefix(x.Env["PULUMI_BACKEND_URL"], "file://")
	return filepath.Join(dir, ".pulumi", "stacks", project.Name), ok
}

func stacksIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		// No stack was ever made; but where the backend itself is missing,
		// nothing is known.
		if _, err := os.Stat(filepath.Dir(filepath.Dir(filepath.Dir(dir)))); err != nil {
			return nil, fmt.Errorf("list the stacks: %w", err)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the stacks: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok && !e.IsDir() {
			names = append(names, name)
		}
	}
	return names, nil // ReadDir sorts
}

// The engine keeps a stack's tags in one small file beside its state. A start
// of the CLI for each tag would cost a preview a second, and a sweep of fifty
// ten; so with a file backend that file is read and written as the engine does.

type tagsFile struct {
	Version int               `json:"version"`
	Tags    map[string]string `json:"tags"`
}

// tagsVersion is the engine's format that this code knows; any other is left to the CLI.
const tagsVersion = 1

func (x Index) tagsFile(stack string) (string, bool) {
	dir, ok := x.files()
	return filepath.Join(dir, stack+".pulumi-tags"), ok
}

func readTags(path string) (tags map[string]string, known bool, err error) {
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	var f tagsFile
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, false, fault.New("read tags", "look at "+path, err)
	}
	if f.Tags == nil {
		f.Tags = map[string]string{}
	}
	return f.Tags, f.Version == tagsVersion, nil
}

func writeTags(path string, tags map[string]string) error {
	body, err := json.Marshal(tagsFile{Version: tagsVersion, Tags: tags})
	if err != nil {
		return err
	}
	partial, err := os.CreateTemp(filepath.Dir(path), ".tags-*")
	if err != nil {
		return err
	}
	defer os.Remove(partial.Name())
	_, err = partial.Write(body)
	if cerr := partial.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(partial.Name(), path)
}

// pulumi runs the CLI for its answer.
func (x Index) pulumi(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, x.Project.Bin("pulumi"), append([]string{"--non-interactive"}, args...)...)
	if _, err := os.Stat(cmd.Path); err != nil {
		if cmd.Path, err = exec.LookPath("pulumi"); err != nil {
			return nil, fault.New("find the engine", "run make tools", err)
		}
	}
	cmd.Dir = x.Project.Root
	env := map[string]string{}
	for _, kv := range os.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		if !slices.Contains(project.ZoneVars, k) {
			env[k] = v
		}
	}
	maps.Copy(env, x.Env)
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return nil, fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	return out, nil
}
