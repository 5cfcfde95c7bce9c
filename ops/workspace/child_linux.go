package workspace

import "syscall"

// childAttributes: a process group of its own, so that Ctrl-C reaches the
// engine once, through us; interrupted when we are killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}
