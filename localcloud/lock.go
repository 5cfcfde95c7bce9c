package localcloud

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock makes sure that one cloud at a time works in the directory. The lock
// ends with the process, however it ends.
func (c *Cloud) lock(context.Context) error {
	path := filepath.Join(c.config.Dir, "lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("start the local cloud: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("another local cloud runs in %s; see `odooops local status`", c.config.Dir)
		}
		return fmt.Errorf("lock %s: %w", path, err)
	}
	c.closers = append(c.closers, f.Close)
	return nil
}
