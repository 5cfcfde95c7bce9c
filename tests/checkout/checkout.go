// Package checkout gives a test a fresh copy of this checkout, as a clone would
// be, with a local cloud of its own beside whatever else runs, and runs the
// commands of the README in it. Results are looked at from the outside only:
// exit codes, printed JSON, HTTP.
package checkout

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Checkout is the copy. `make down` takes away at the end of the test what its
// cloud started.
type Checkout struct {
	Dir string
	// Vars is the environment of every command.
	Vars []string
}

// New copies what a clone would hold. Flags place its local cloud beside
// others, such as "--instance e2e --subnet 10.125.0.0/20 --ports 18090".
func New(t testing.TB, flags string) *Checkout {
	t.Helper()
	c := &Checkout{
		Dir:  filepath.Join(t.TempDir(), "odooops"),
		Vars: append(clean(os.Environ()), "LOCAL_FLAGS="+flags),
	}
	c.copy(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the local cloud's log ends with:\n%s", tail(filepath.Join(c.Dir, ".odooops/localcloud/daemon.log"), 60))
		}
		if out, err := c.Command("scripts/down").CombinedOutput(); err != nil {
			t.Errorf("scripts/down: %v\n%s", err, out)
		}
	})
	return c
}

// Beside is another clone that works on the same cloud, and knows nothing else
// of the first: no state, no passphrase, no secret.
func Beside(t testing.TB, other *Checkout) *Checkout {
	t.Helper()
	c := &Checkout{Dir: filepath.Join(t.TempDir(), "odooops"), Vars: clean(os.Environ())}
	c.copy(t)
	env := map[string]string{}
	other.JSON(t, &env, "local", "env")
	for name, value := range env {
		if !strings.HasPrefix(name, "PULUMI_") && name != "PATH" {
			c.Vars = append(c.Vars, name+"="+value)
		}
	}
	// The cloud's own authority and name server, which a real one has in public.
	require.NoError(t, os.MkdirAll(filepath.Join(c.Dir, ".odooops"), 0o700))
	require.NoError(t, os.Symlink(filepath.Join(other.Dir, ".odooops/localcloud"), filepath.Join(c.Dir, ".odooops/localcloud")))
	c.Must(t, "scripts/tools/install")
	c.Must(t, "scripts/build")
	return c
}

func (c *Checkout) copy(t testing.TB) {
	t.Helper()
	root := Root(t)
	files := Output(t, root, "git", "ls-files", "-co", "--exclude-standard", "-z")
	for _, name := range strings.Split(strings.TrimRight(files, "\x00"), "\x00") {
		copyFile(t, filepath.Join(root, name), filepath.Join(c.Dir, name))
	}
}

// Root is the checkout the tests are in.
func Root(t testing.TB) string {
	t.Helper()
	return strings.TrimSpace(Output(t, "", "git", "rev-parse", "--show-toplevel"))
}

// Output is what a command of this computer prints; it has to succeed.
func Output(t testing.TB, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	require.NoError(t, err, "%s %s", name, strings.Join(args, " "))
	return string(out)
}

// clean leaves out what a developer's shell may say of another cloud.
func clean(environ []string) []string {
	var kept []string
	for _, kv := range environ {
		switch name, _, _ := strings.Cut(kv, "="); {
		case strings.HasPrefix(name, "PULUMI_"), strings.HasPrefix(name, "DIGITALOCEAN_"),
			strings.HasPrefix(name, "SPACES_"), strings.HasPrefix(name, "AWS_"), strings.HasPrefix(name, "AWS_"), strings.HasPrefix(name, "ODOOOPS_LOCAL_"):
		default:
			kept = append(kept, kv)
		}
	}
	return kept
}

func copyFile(t testing.TB, from, to string) {
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
	all := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
