package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// project is a fresh copy of the checkout with a local cloud of its own, on a
// subnet and ports of its own, beside whatever the developer has running.
type project struct {
	dir  string
	vars []string
}

func newProject(t *testing.T) *project {
	t.Helper()
	p := &project{dir: filepath.Join(t.TempDir(), "odooops")}
	root := strings.TrimSpace(output(t, "", nil, "git", "rev-parse", "--show-toplevel"))
	// What a clone would hold: tracked files and those about to be.
	files := output(t, root, nil, "git", "ls-files", "-co", "--exclude-standard", "-z")
	require.NoError(t, os.MkdirAll(p.dir, 0o755))
	for _, name := range strings.Split(strings.TrimRight(files, "\x00"), "\x00") {
		copyFile(t, filepath.Join(root, name), filepath.Join(p.dir, name))
	}
	p.vars = append(os.Environ(),
		"LOCAL_FLAGS=--instance e2e --subnet 10.125.0.0/20 --ports 18090",
		"PULUMI_SKIP_UPDATE_CHECK=true",
	)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("local cloud's log:\n%s", tail(filepath.Join(p.dir, ".odooops/localcloud/log"), 60))
		}
		out, err := p.command("scripts/down").CombinedOutput()
		if err != nil {
			t.Errorf("scripts/down: %v\n%s", err, out)
		}
	})
	return p
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if os.IsNotExist(err) {
		return // deleted in the work tree, still in the index
	}
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	content, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, content, info.Mode().Perm()))
}

func tail(file string, lines int) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(string(content), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// command runs in the project's directory, in a process group of its own.
func (p *project) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = p.dir
	cmd.Env = p.vars
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if !strings.Contains(name, "/") {
		return cmd
	}
	cmd.Path = filepath.Join(p.dir, name)
	return cmd
}

// result is how a command ended.
type result struct {
	stdout, stderr string
	code           int
	took           time.Duration
}

// run runs a command to its end and logs what it printed on stderr.
func (p *project) run(t *testing.T, name string, args ...string) result {
	t.Helper()
	return finish(t, p.command(name, args...))
}

func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, io.MultiWriter(&stderr, logWriter{t})
	began := time.Now()
	err := cmd.Run()
	r := result{stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode(), took: time.Since(began)}
	if _, exit := err.(*exec.ExitError); err != nil && !exit {
		require.NoError(t, err)
	}
	return r
}

// logWriter shows long work as it goes on.
type logWriter struct{ t *testing.T }

func (w logWriter) Write(b []byte) (int, error) {
	w.t.Helper()
	w.t.Log(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

// must runs a command that has to succeed and returns its stdout.
func (p *project) must(t *testing.T, name string, args ...string) string {
	t.Helper()
	r := p.run(t, name, args...)
	require.Zero(t, r.code, "%s %s: %s%s", name, strings.Join(args, " "), r.stdout, r.stderr)
	return r.stdout
}

// json runs `odooops ARGS --json`, which has to succeed, and decodes its one value.
func (p *project) json(t *testing.T, into any, args ...string) {
	t.Helper()
	out := p.must(t, "bin/odooops", append(args, "--json")...)
	require.NoError(t, json.Unmarshal([]byte(out), into), "stdout is one JSON value and nothing else: %s", out)
}

// killAfter starts a command, kills it and its children without warning, and
// says whether it was still at work.
func (p *project) killAfter(t *testing.T, after time.Duration, name string, args ...string) bool {
	t.Helper()
	cmd := p.command(name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		t.Logf("%s ended by itself before it could be killed: %v\n%s", name, err, out.String())
		return false
	case <-time.After(after):
		require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL))
		<-ended
		return true
	}
}

// pulumi runs the plain CLI with the environment that `odooops local env` prints.
func (p *project) pulumi(t *testing.T, args ...string) result {
	t.Helper()
	script := `eval "$(bin/odooops local env)"; exec pulumi "$@"`
	return p.run(t, "bash", append([]string{"-c", script, "pulumi"}, args...)...)
}

// ssh runs a shell command on a host as the operator would, by the client
// configuration that `up` wrote.
func (p *project) ssh(t *testing.T, stack, address, command string) result {
	t.Helper()
	return p.run(t, "ssh", "-F", ".odooops/ssh/"+stack+"/config", "ops@"+address, command)
}

// sql asks production's database.
func (p *project) sql(t *testing.T, address, query string) string {
	t.Helper()
	r := p.ssh(t, "production", address, "docker exec -i postgres psql -U postgres -d odoo -Atc \""+query+"\"")
	require.Zero(t, r.code, "psql: %s", r.stderr)
	return strings.TrimSpace(r.stdout)
}

func output(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.Output()
	require.NoError(t, err, "%s %s", name, strings.Join(args, " "))
	return string(out)
}

// eventually tries until it holds or the time is over, and says what was last seen.
func eventually(t *testing.T, within time.Duration, what string, holds func(context.Context) (bool, string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	var ok bool
	var seen string
	for {
		if ok, seen = holds(ctx); ok {
			return
		}
		select {
		case <-ctx.Done():
			require.Fail(t, what, "not within %s; last seen: %s", within, seen)
		case <-time.After(time.Second):
		}
	}
}
