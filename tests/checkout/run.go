package checkout

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Result is how a command ended.
type Result struct {
	Stdout, Stderr string
	Code           int
	Took           time.Duration
}

// All is what it printed, for messages.
func (r Result) All() string { return r.Stdout + r.Stderr }

// Command is one of the checkout's own (with a slash) or of the computer,
// in the checkout, in a process group of its own.
func (c *Checkout) Command(name string, args ...string) *exec.Cmd {
	if strings.Contains(name, "/") {
		name = filepath.Join(c.Dir, name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = c.Dir, c.Vars
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// Run runs a command to its end; what it says on stderr goes to the test's log.
func (c *Checkout) Run(t testing.TB, name string, args ...string) Result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := c.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, io.MultiWriter(&stderr, Log(t))
	began := time.Now()
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return Result{
		Stdout: stdout.String(), Stderr: stderr.String(),
		Code: cmd.ProcessState.ExitCode(), Took: time.Since(began),
	}
}

// Must runs a command that has to succeed and returns its stdout.
func (c *Checkout) Must(t testing.TB, name string, args ...string) string {
	t.Helper()
	r := c.Run(t, name, args...)
	require.Zero(t, r.Code, "%s %s:\n%s", name, strings.Join(args, " "), r.All())
	return r.Stdout
}

// JSON runs `odooops ARGS --json`, which has to succeed, and decodes its one value.
func (c *Checkout) JSON(t testing.TB, into any, args ...string) {
	t.Helper()
	Decode(t, c.Must(t, "bin/odooops", append(args, "--json")...), into)
}

// Decode decodes what has to be one JSON value and nothing else.
func Decode(t testing.TB, text string, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), into), "stdout is one JSON value and nothing else: %s", text)
}

// Pulumi runs the plain CLI with the environment that `odooops local env` prints.
func (c *Checkout) Pulumi(t testing.TB, args ...string) Result {
	t.Helper()
	return c.Shell(t, `exec pulumi --non-interactive "$@"`, args...)
}

// Shell runs a script in that environment.
func (c *Checkout) Shell(t testing.TB, script string, args ...string) Result {
	t.Helper()
	return c.Run(t, "bash", append([]string{"-c", `eval "$(bin/odooops local env)"; ` + script, "sh"}, args...)...)
}

// Env is one variable of that environment.
func (c *Checkout) Env(t testing.TB, name string) string {
	t.Helper()
	env := map[string]string{}
	c.JSON(t, &env, "local", "env")
	return env[name]
}

// KillAfter starts a command, kills it and its children without warning, and
// says whether it was still at work.
func (c *Checkout) KillAfter(t testing.TB, after time.Duration, name string, args ...string) bool {
	t.Helper()
	return c.kill(t, time.After(after), &watched{}, name, args...)
}

// KillAt is KillAfter, in the moment in which the command says something.
func (c *Checkout) KillAt(t testing.TB, said, name string, args ...string) bool {
	t.Helper()
	w := &watched{words: []byte(said), seen: make(chan time.Time, 1)}
	return c.kill(t, w.seen, w, name, args...)
}

func (c *Checkout) kill(t testing.TB, when <-chan time.Time, out *watched, name string, args ...string) bool {
	t.Helper()
	cmd := c.Command(name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		t.Logf("%s ended by itself before it could be killed: %v\n%s", name, err, out.said.String())
		return false
	case <-when:
		require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL))
		<-ended
		t.Logf("%s killed, having said:\n%s", name, out.said.String())
		return true
	}
}

// watched keeps what is written and tells when it has words in it.
type watched struct {
	said  bytes.Buffer
	words []byte
	seen  chan time.Time
}

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.said.Write(b)
	if w.seen != nil && bytes.Contains(w.said.Bytes(), w.words) {
		select {
		case w.seen <- time.Now():
		default:
		}
	}
	return n, err
}

// Eventually tries until it holds or the time is over, and says what was last seen.
func Eventually(t testing.TB, within time.Duration, what string, holds func(context.Context) (bool, string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for {
		ok, seen := holds(ctx)
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			require.Fail(t, what, "not within %s; last seen: %s", within, seen)
		case <-time.After(time.Second):
		}
	}
}

// Log shows long work as it goes on, in the test's log. A benchmark's log is
// its figures.
func Log(t testing.TB) io.Writer {
	if _, ok := t.(*testing.B); ok {
		return io.Discard
	}
	return logWriter{t}
}

type logWriter struct{ t testing.TB }

func (w logWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

// RandomHex is as many random bytes, in hexadecimal.
func RandomHex(t testing.TB, bytes int) string {
	t.Helper()
	b := make([]byte, bytes)
	_, err := rand.Read(b)
	require.NoError(t, err)
	return hex.EncodeToString(b)
}
