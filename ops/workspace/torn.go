package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
)

// A file backend writes a stack's state in place, after a copy of the last one
// to .bak. A kill in between leaves a torn file. The copy is one step older,
// and that step is among its pending operations, where Settle finds it.

// isTorn says whether a file backend's state can't be read.
func isTorn(backend, stack string) bool {
	path, ok := statePath(backend, stack)
	if !ok {
		return false
	}
	state, err := os.ReadFile(path)
	return err == nil && !json.Valid(state)
}

// forgetTornAttributes removes the attributes of the state, its copy and its
// locks where a kill left them empty: the backend writes them in place too,
// can't read a file beside which they are torn, and does without them.
func forgetTornAttributes(backend, stack string) error {
	path, ok := statePath(backend, stack)
	if !ok {
		return nil
	}
	locks := filepath.Join(filepath.Dir(path), "..", "..", "locks", "organization", project.Name, stack, "*.attrs")
	found, err := filepath.Glob(locks)
	if err != nil {
		return err
	}
	for _, attributes := range append(found, path+".attrs", path+".bak.attrs") {
		text, err := os.ReadFile(attributes)
		if err != nil || json.Valid(text) {
			continue
		}
		if err := os.Remove(attributes); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget the torn %s: %w", attributes, err)
		}
	}
	return nil
}

func statePath(backend, stack string) (string, bool) {
	dir, ok := strings.CutPrefix(backend, "file://")
	return filepath.Join(dir, ".pulumi", "stacks", project.Name, stack+".json"), ok
}

// mend puts the copy back, when the state is really torn and nobody is writing it.
func mend(ctx context.Context, b *backend.Backend, stack, hostname string) (bool, error) {
	path, _ := statePath(b.URL, stack)
	if !isTorn(b.URL, stack) {
		return false, nil
	}
	locks, err := b.Locks(ctx, stack)
	if err != nil {
		return false, err
	}
	for _, l := range locks {
		if l := Lock(l); holderOf(l, hostname) != dead {
			return false, l.fault(stack)
		}
	}
	copied, err := os.ReadFile(path + ".bak")
	if err != nil || !json.Valid(copied) {
		return false, fault.Newf("open "+stack, "put the newest good file of .pulumi/backups or .pulumi/history in its place",
			"its state %s is torn, and so is the copy beside it", path)
	}
	for _, suffix := range []string{".attrs", ""} {
		b, err := os.ReadFile(path + ".bak" + suffix)
		if err != nil {
			continue // attributes are optional
		}
		if err := os.WriteFile(path+".mended", b, 0o600); err != nil {
			return false, fmt.Errorf("mend the state of %s: %w", stack, err)
		}
		if err := os.Rename(path+".mended", path+suffix); err != nil {
			return false, fmt.Errorf("mend the state of %s: %w", stack, err)
		}
	}
	return true, nil
}
