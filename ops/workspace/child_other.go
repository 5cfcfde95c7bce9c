//go:build !linux

package workspace

import "syscall"

// childAttributes: a process group of its own. Elsewhere than on Linux an
// engine outlives an operator that is killed; the lock says so.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
