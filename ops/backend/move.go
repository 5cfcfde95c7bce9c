package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

const locksDir = ".pulumi/locks/"

// Copy takes all that the engine and we keep from one backend to another:
// states, their history, tags and backups, and the mark. Secrets stay as they
// are, encrypted. It refuses while a stack is locked, and at the end wants both
// sides equal: an update that ran meanwhile would otherwise be lost. Done again
// it changes nothing.
func Copy(ctx context.Context, from, to *Backend) (copied int, err error) {
	if err := to.mayReplace(ctx, from); err != nil {
		return 0, err
	}
	names, err := from.content(ctx)
	if err != nil {
		return 0, err
	}
	if err := from.unlocked(ctx); err != nil {
		return 0, err
	}
	for _, name := range names {
		same, text, err := equal(ctx, from, to, name)
		if err != nil {
			return copied, err
		}
		if same {
			continue
		}
		if err := to.files.write(ctx, name, text); err != nil {
			return copied, fmt.Errorf("write %s to %s: %w", name, to.URL, err)
		}
		copied++
	}
	return copied, compare(ctx, from, to)
}

// mayReplace refuses to write over another backend's stacks.
func (b *Backend) mayReplace(ctx context.Context, from *Backend) error {
	theirs, err := b.Marker(ctx)
	if err != nil {
		return err
	}
	ours, err := from.Marker(ctx)
	if err != nil {
		return err
	}
	stacks, err := b.Stacks(ctx)
	if err != nil {
		return err
	}
	foreign := theirs != nil && (ours == nil || *theirs != *ours) || theirs == nil && len(stacks) > 0
	if foreign {
		return fault.Newf("move "+from.URL+" to "+b.URL, "look into that bucket; it is somebody else's", "there are other stacks in it: %s", strings.Join(stacks, ", "))
	}
	return nil
}

// content is what there is to move: no locks, which are of the place, and not
// the attributes that only a file backend keeps beside a file.
func (b *Backend) content(ctx context.Context) ([]string, error) {
	names, err := b.files.list(ctx, ".pulumi/")
	if err != nil {
		return nil, fmt.Errorf("look into %s: %w", b.URL, err)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		return strings.HasPrefix(name, locksDir) || strings.HasSuffix(name, ".attrs") || strings.HasSuffix(name, ".partial")
	})
	return append(names, markerName), nil // the mark last: with it the copy is whole
}

func (b *Backend) unlocked(ctx context.Context) error {
	locks, err := b.files.list(ctx, locksDir)
	if err != nil {
		return fmt.Errorf("look for locks in %s: %w", b.URL, err)
	}
	locks = slices.DeleteFunc(locks, func(name string) bool { return !strings.HasSuffix(name, ".json") })
	if len(locks) == 0 {
		return nil
	}
	parts := strings.Split(locks[0], "/")
	stack := parts[len(parts)-2]
	return fault.Newf("move "+b.URL, "wait for its update; or, when that is dead, run odooops up "+stack+" --cancel", "the stack %s is locked", stack)
}

// equal says whether a file is the same on both sides, and what it is here.
func equal(ctx context.Context, from, to *Backend, name string) (bool, []byte, error) {
	here, err := from.files.read(ctx, name)
	if err != nil {
		return false, nil, fmt.Errorf("read %s of %s: %w", name, from.URL, err)
	}
	there, err := to.files.read(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, here, nil
	}
	if err != nil {
		return false, nil, fmt.Errorf("read %s of %s: %w", name, to.URL, err)
	}
	return bytes.Equal(here, there), here, nil
}

// compare looks once more at both sides.
func compare(ctx context.Context, from, to *Backend) error {
	names, err := from.content(ctx)
	if err != nil {
		return err
	}
	if err := from.unlocked(ctx); err != nil {
		return err
	}
	for _, name := range names {
		same, _, err := equal(ctx, from, to, name)
		if err != nil {
			return err
		}
		if !same {
			return fault.Newf("move "+from.URL+" to "+to.URL, "run the command again", "%s changed while it was copied", name)
		}
	}
	return nil
}
