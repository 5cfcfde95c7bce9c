package docker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// The machine's /dev is a tmpfs of its own, so a device of this computer is
// shown by making its node there, through /proc, without running anything in
// the machine.

func inMachine(pid int, path string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", pid), path)
}

func makeDevice(pid int, device, link string) error {
	var s unix.Stat_t
	if err := unix.Stat(device, &s); err != nil {
		return err
	}
	node := inMachine(pid, device)
	if err := unix.Mknod(node, unix.S_IFBLK|0o660, int(s.Rdev)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	at := inMachine(pid, link)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	target, err := filepath.Rel(filepath.Dir(link), device)
	if err != nil {
		return err
	}
	if have, err := os.Readlink(at); err == nil && have == target {
		return nil
	}
	if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(target, at)
}

func removeDevice(pid int, device, link string) error {
	for _, path := range []string{link, device} {
		if err := os.Remove(inMachine(pid, path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
