package docker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func supported() error { return nil }

// loopFind returns the loop device (/dev/loop7) of a file, or "". A device that
// was unplugged and goes with its last mount does not count.
func loopFind(file string) (string, error) {
	backing, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return "", err
	}
	for _, b := range backing {
		name, err := os.ReadFile(b)
		if err != nil {
			continue // freed meanwhile
		}
		ending, _ := os.ReadFile(filepath.Join(filepath.Dir(b), "autoclear"))
		if strings.TrimSpace(string(name)) == file && strings.TrimSpace(string(ending)) != "1" {
			return "/dev/" + filepath.Base(filepath.Dir(filepath.Dir(b))), nil
		}
	}
	return "", nil
}

// loopAttach returns the file's loop device, with the file's present size.
func loopAttach(file string) (string, error) {
	device, err := loopFind(file)
	if err != nil {
		return "", err
	}
	if device != "" {
		return device, loopIoctl(device, func(fd int) error { return unix.IoctlSetInt(fd, unix.LOOP_SET_CAPACITY, 0) })
	}
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("this computer has no loop devices: %w", err)
	}
	defer control.Close()
	for {
		free, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return "", fmt.Errorf("get a free loop device: %w", err)
		}
		device := fmt.Sprintf("/dev/loop%d", free)
		err = loopIoctl(device, func(fd int) error {
			config := unix.LoopConfig{Fd: uint32(f.Fd())}
			copy(config.Info.File_name[:], file)
			return unix.IoctlLoopConfigure(fd, &config)
		})
		if errors.Is(err, unix.EBUSY) { // another process was quicker
			continue
		}
		return device, err
	}
}

// loopDetach frees the file's loop device. It waits for the kernel to let go
// of a file system whose last process has just been killed, and fails if it
// does not: a second device on the same file would destroy the data.
func loopDetach(file string) error {
	var last error
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		device, err := loopFind(file)
		if err != nil || device == "" {
			return err
		}
		if last = unused(device); last == nil {
			last = loopRelease(device)
		}
		if last != nil && time.Now().After(end) {
			return fmt.Errorf("%s of %s is in use after 10 s: %w", device, file, last)
		}
	}
}

// loopRelease frees a device, now or, when it is in use, with its last user.
func loopRelease(device string) error {
	return loopIoctl(device, func(fd int) error { return unix.IoctlSetInt(fd, unix.LOOP_CLR_FD, 0) })
}

// unused fails when the device is mounted anywhere: the kernel gives out no
// exclusive handle then.
func unused(device string) error {
	f, err := os.OpenFile(device, os.O_RDONLY|unix.O_EXCL, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

func loopIoctl(device string, do func(fd int) error) error {
	f, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := do(int(f.Fd())); err != nil {
		return fmt.Errorf("%s: %w", device, err)
	}
	return nil
}
