package docker

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fsShutdown is FS_IOC_SHUTDOWN: the file system writes what it has and from
// then on answers every call with an I/O error. XFS and ext4 know it.
const fsShutdown = 0x8004587d

// unplug takes a mounted device away from the file system on it, as a cloud
// does when it detaches a volume that is in use. Afterwards nothing writes to
// the image any more; the kernel frees the device with the last mount. Until
// then no other machine can mount it: all machines share one kernel, and XFS
// mounts no file system twice.
func unplug(device string) error {
	mountpoint, err := mountOf(device)
	if err != nil {
		return err
	}
	dir, err := os.Open(mountpoint)
	if err != nil {
		return err
	}
	defer dir.Close()
	var flushEverything uint32
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, dir.Fd(), fsShutdown, uintptr(unsafe.Pointer(&flushEverything)))
	if errno != 0 {
		return fmt.Errorf("shut the file system on %s down: %w", device, errno)
	}
	return nil
}

// mountOf finds a place where the device is mounted, in any machine or
// container in it.
func mountOf(device string) (string, error) {
	var s unix.Stat_t
	if err := unix.Stat(device, &s); err != nil {
		return "", err
	}
	number := fmt.Sprintf("%d:%d", unix.Major(s.Rdev), unix.Minor(s.Rdev))
	tables, err := filepath.Glob("/proc/[0-9]*/mountinfo")
	if err != nil {
		return "", err
	}
	for _, table := range tables {
		f, err := os.Open(table)
		if err != nil {
			continue // the process ended
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text()) // id parent major:minor root mountpoint …
			if len(fields) > 4 && fields[2] == number {
				_ = f.Close()
				return filepath.Join(filepath.Dir(table), "root", fields[4]), nil
			}
		}
		_ = f.Close()
	}
	return "", fmt.Errorf("%s is in use, but mounted nowhere: something has it open", device)
}
