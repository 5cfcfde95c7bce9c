// Package realprogram runs real programs for one test, out of the images that
// scripts/images/test takes them from.
package realprogram

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Named is the program that an environment variable names. Without one the test
// is skipped; scripts/images/test, which names all, takes that for a failure.
func Named(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skip(variable + " names no program")
	}
	return path
}

// Port is one of 127.0.0.1 that nobody listens on.
func Port(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

// Run starts a program and returns when this address answers 200. It ends with
// the test; what it said is shown when that fails.
func Run(t testing.TB, cmd *exec.Cmd, ready string) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, said.String())
		}
	})
	require.Eventually(t, func() bool {
		r, err := http.Get(ready)
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return r.StatusCode == http.StatusOK
	}, 90*time.Second, 200*time.Millisecond, "%s does not answer at %s", cmd.Path, ready)
}
