package workspace

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/blang/semver"

	"github.com/odooops/odooops/ops/project"
)

// engine runs the pulumi CLI for the Automation API. It differs from the
// Automation API's own runner in three ways: an interrupt waits for steps in
// flight as long as they take (half a step is what pending operations are made
// of); the child is interrupted when this process is killed, so that no engine
// outlives its operator unseen; and what the CLI said is kept for the error.
type engine struct {
	path    string
	version semver.Version
	env     map[string]string

	mu     sync.Mutex
	stderr string // of the last run
}

// graceful is how long an interrupted engine may take for the steps in flight;
// a container that has to get healthy is the longest of them.
const graceful = 5 * time.Minute

func (e *engine) Version() semver.Version { return e.version }

func (e *engine) Run(ctx context.Context, workdir string, stdin io.Reader, stdout, stderr []io.Writer,
	extraEnv []string, args ...string,
) (string, string, int, error) {
	if answer, known := unasked(args); known {
		return answer, "", 0, nil
	}
	if !slices.Contains(args, "--non-interactive") {
		args = append([]string{"--non-interactive"}, args...)
	}
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, e.path, args...)
	cmd.Dir = workdir
	cmd.Stdin = stdin
	cmd.Env = e.environ(extraEnv)
	cmd.Stdout = io.MultiWriter(append(stdout, &out)...)
	cmd.Stderr = io.MultiWriter(append(stderr, &errOut)...)
	cmd.SysProcAttr = childAttributes()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = graceful

	// The kernel ties the parent-death signal to the thread that forked.
	runtime.LockOSThread()
	err := cmd.Run()
	runtime.UnlockOSThread()

	e.mu.Lock()
	e.stderr = errOut.String()
	e.mu.Unlock()
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode(), err
}

// unasked is what the Automation API reads after every operation and nobody
// here looks at, the update history and the outputs (they are in the state):
// three starts of the CLI less, a second of a preview's eight.
func unasked(args []string) (answer string, known bool) {
	switch {
	case !slices.Contains(args, "stack"):
		return "", false
	case slices.Contains(args, "history"):
		return "[]", true
	case slices.Contains(args, "output"):
		return "{}", true
	}
	return "", false
}

func (e *engine) lastStderr() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stderr
}

// environ is this process's environment with the engine's on top. What opens a
// zone comes from the engine's alone: this process may have the other zone's.
func (e *engine) environ(extra []string) []string {
	merged := map[string]string{}
	for _, list := range [][]string{os.Environ(), extra} {
		for _, kv := range list {
			if k, v, ok := strings.Cut(kv, "="); ok && !slices.Contains(project.ZoneVars, k) {
				merged[k] = v
			}
		}
	}
	for k, v := range e.env {
		merged[k] = v
	}
	out := make([]string, 0, len(merged))
	for k, v := range merged {
		out = append(out, k+"="+v)
	}
	sort.Strings(out)
	return out
}
