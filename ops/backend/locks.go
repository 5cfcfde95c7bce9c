package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/odooops/odooops/ops/project"
)

// Lock is what the engine writes about a run that holds a stack.
type Lock struct {
	User string `json:"username"`
	Host string `json:"hostname"`
	PID  int    `json:"pid"`
	At   string `json:"timestamp"`
}

// Locks of a stack, of runs alive or not.
func (b *Backend) Locks(ctx context.Context, stack string) ([]Lock, error) {
	names, err := b.lockNames(ctx, stack)
	if err != nil {
		return nil, err
	}
	var locks []Lock
	for _, name := range names {
		text, err := b.files.read(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has just ended
		}
		if err != nil {
			return nil, fmt.Errorf("read a lock of %s: %w", stack, err)
		}
		var l Lock
		if err := json.Unmarshal(text, &l); err != nil {
			l = Lock{} // being written: somebody, of whom no more is known
		}
		locks = append(locks, l)
	}
	return locks, nil
}

func (b *Backend) lockNames(ctx context.Context, stack string) ([]string, error) {
	names, err := b.files.list(ctx, locksDir+"organization/"+project.Name+"/"+stack+"/")
	if err != nil {
		return nil, fmt.Errorf("list the locks of %s: %w", stack, err)
	}
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, ".json") }), nil
}

// Unlock removes the locks of a stack that has no state: the engine clears only
// those of stacks that it finds. The caller knows that their holders are dead.
func (b *Backend) Unlock(ctx context.Context, stack string) error {
	names, err := b.lockNames(ctx, stack)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := b.files.remove(ctx, name); err != nil {
			return fmt.Errorf("remove a lock of %s: %w", stack, err)
		}
	}
	return nil
}

// Locked are the stacks with a lock, alive or not, also those that have no
// state (yet, or any more).
func (b *Backend) Locked(ctx context.Context) ([]string, error) {
	names, err := b.files.list(ctx, locksDir)
	if err != nil {
		return nil, fmt.Errorf("list the locks of %s: %w", b.URL, err)
	}
	var stacks []string
	for _, name := range names {
		// organization/PROJECT/STACK/ID.json
		if part := strings.Split(strings.TrimPrefix(name, locksDir), "/"); len(part) == 4 {
			stacks = append(stacks, part[2])
		}
	}
	slices.Sort(stacks)
	return slices.Compact(stacks), nil
}
