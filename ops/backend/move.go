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
// sides equal: an update that ran meanwhile would otherwise be lost. The mark
// is written last, so that a copy with it is whole. Done again it changes
// nothing; killed, the next one goes on.
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
		done, err := copyFile(ctx, from, to, name)
		if err != nil {
			return copied, err
		}
		copied += done
	}
	if err := compare(ctx, from, to); err != nil {
		return copied, err
	}
	done, err := copyFile(ctx, from, to, markerName)
	return copied + done, err
}

// copyFile copies what is not the same yet, and says how many that were.
func copyFile(ctx context.Context, from, to *Backend, name string) (int, error) {
	same, text, err := equal(ctx, from, to, name)
	if err != nil || same {
		return 0, err
	}
	if err := to.files.write(ctx, name, text); err != nil {
		return 0, fmt.Errorf("write %s to %s: %w", name, to.URL, err)
	}
	return 1, nil
}

// mayReplace refuses to write over another backend's stacks, and over a whole
// copy that was used since: somebody else's checkout moved there, and this one
// has not heard of it.
func (b *Backend) mayReplace(ctx context.Context, from *Backend) error {
	what := "move " + from.URL + " to " + b.URL
	theirs, err := b.Marker(ctx)
	if err != nil {
		return err
	}
	ours, err := from.Marker(ctx)
	if err != nil {
		return err
	}
	there, err := b.Stacks(ctx)
	if err != nil {
		return err
	}
	here, err := from.Stacks(ctx)
	if err != nil {
		return err
	}
	unknown := slices.DeleteFunc(slices.Clone(there), func(stack string) bool { return slices.Contains(here, stack) })
	switch {
	case theirs != nil && (ours == nil || *theirs != *ours) || theirs == nil && len(unknown) > 0:
		return fault.Newf(what, "look into that bucket; it is somebody else's", "there are other stacks in it: %s", strings.Join(there, ", "))
	case theirs == nil:
		return nil // nothing, or half a copy
	case len(unknown) > 0:
		return usedSince(what, unknown[0])
	}
	for _, stack := range there {
		same, _, err := equal(ctx, from, b, stacksDir+stack+".json")
		if err != nil {
			return err
		}
		if !same {
			return usedSince(what, stack)
		}
	}
	return nil
}

func usedSince(what, stack string) error {
	return fault.Newf(what, "bring zones.yaml from the checkout that moved it, by version control; what is in this checkout is another state of it",
		"the state was moved there before, and the stack %s is another one there than here", stack)
}

// content is what there is to move beside the mark: no locks, which are of the place, and not
// the attributes that only a file backend keeps beside a file.
func (b *Backend) content(ctx context.Context) ([]string, error) {
	names, err := b.files.list(ctx, ".pulumi/")
	if err != nil {
		return nil, fmt.Errorf("look into %s: %w", b.URL, err)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		return strings.HasPrefix(name, locksDir) || strings.HasSuffix(name, ".attrs") || strings.HasSuffix(name, ".partial")
	})
	return names, nil
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
