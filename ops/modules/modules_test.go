package modules_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/modules"
)

var ctx = context.Background()

// addons is an add-ons repository with one OCA repository, server-tools, whose
// modules are auditlog and sentry, on branch 19.0; both are locked.
type addons struct {
	t        *testing.T
	dir      string
	upstream string
}

func newAddons(t *testing.T) *addons {
	t.Helper()
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_SYSTEM": os.DevNull,
		"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com",
		// Only `git submodule add` of a folder needs it.
		"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always",
	} {
		t.Setenv(name, value)
	}
	root := t.TempDir()
	a := &addons{t: t, dir: filepath.Join(root, "addons"), upstream: filepath.Join(root, "server-tools")}
	a.git(root, "init", "-q", "-b", "19.0", a.upstream)
	a.write(a.upstream, "auditlog/__manifest__.py", "{'name': 'Audit Log'}")
	a.write(a.upstream, "auditlog/models/rule.py", "x = 1\n")
	a.write(a.upstream, "sentry/__manifest__.py", "{'name': 'Sentry'}")
	a.write(a.upstream, "README.md", "not a module")
	a.commit(a.upstream, "first")
	a.git(root, "init", "-q", "-b", "main", a.dir)
	a.git(a.dir, "submodule", "add", "-q", "-b", "19.0", a.upstream, "addons/external/oca/server-tools")
	_, err := modules.Write(ctx, a.dir, false)
	require.NoError(t, err)
	a.commit(a.dir, "server-tools")
	return a
}

func (a *addons) git(dir string, args ...string) string {
	a.t.Helper()
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput()
	require.NoError(a.t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

func (a *addons) commit(dir, message string) string {
	a.t.Helper()
	a.git(dir, "add", "-A")
	a.git(dir, "commit", "-q", "-m", message)
	return a.git(dir, "rev-parse", "HEAD")
}

func (a *addons) write(dir, name, text string) {
	a.t.Helper()
	full := filepath.Join(dir, name)
	require.NoError(a.t, os.MkdirAll(filepath.Dir(full), 0o755))
	require.NoError(a.t, os.WriteFile(full, []byte(text), 0o644))
}

func (a *addons) sub() string { return filepath.Join(a.dir, "addons/external/oca/server-tools") }

// drift is what Verify says, one line each.
func (a *addons) drift() []string {
	a.t.Helper()
	r, err := modules.Verify(ctx, a.dir, "")
	require.NoError(a.t, err)
	lines := []string{}
	for _, d := range r.Drift {
		assert.NotEmpty(a.t, d.Next)
		lines = append(lines, d.Repository+" "+d.File+": "+d.What)
	}
	return lines
}

func (a *addons) only(part string) {
	a.t.Helper()
	d := a.drift()
	require.Len(a.t, d, 1, "%v", d)
	assert.Contains(a.t, d[0], part)
}

func TestAFreshLockHasNoDrift(t *testing.T) {
	a := newAddons(t)
	assert.Empty(t, a.drift())
	l, err := modules.Read(a.dir)
	require.NoError(t, err)
	r := l.Repositories["server-tools"]
	assert.Equal(t, a.git(a.upstream, "rev-parse", "HEAD"), r.Commit)
	assert.Equal(t, a.git(a.upstream, "rev-parse", "HEAD^{tree}"), r.Tree)
	assert.Equal(t, "19.0", r.Branch)
	assert.Len(t, r.Modules, 2)
}

func TestLockingTwiceWritesTheSameBytes(t *testing.T) {
	a := newAddons(t)
	before, err := os.ReadFile(filepath.Join(a.dir, modules.File))
	require.NoError(t, err)
	_, err = modules.Write(ctx, a.dir, false)
	require.NoError(t, err)
	after, err := os.ReadFile(filepath.Join(a.dir, modules.File))
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestAModulesSumIsWhatTheOdooImageRecords(t *testing.T) {
	a := newAddons(t)
	a.write(a.upstream, "auditlog/models/__init__.py", "")
	a.write(a.upstream, "auditlog/a/b/c.py", "c")
	a.write(a.upstream, "auditlog/a.py", "a")
	a.write(a.upstream, "auditlog/ab/c.py", "c")
	a.commit(a.upstream, "more")
	_, err := modules.Update(ctx, a.dir, "server-tools", "", false)
	require.NoError(t, err)
	lib, err := filepath.Abs("../../images/odoo/lib")
	require.NoError(t, err)
	cmd := exec.Command("python3", "-B", "-c", "import sys, modules; print(modules.content(sys.argv[1]))", filepath.Join(a.sub(), "auditlog"))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+lib)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	l, err := modules.Read(a.dir)
	require.NoError(t, err)
	assert.Equal(t, strings.TrimPrefix(l.Repositories["server-tools"].Modules["auditlog"], "sha256:")[:16], strings.TrimSpace(string(out)))
}

func TestDriftIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(a *addons)
		want string
	}{
		"submodule moved and committed": {func(a *addons) {
			a.write(a.upstream, "sentry/x.py", "")
			a.commit(a.upstream, "second")
			a.git(a.sub(), "pull", "-q", "origin", "19.0")
			a.git(a.dir, "add", "addons/external")
		}, "locked is"},
		"submodule moved in the work tree only": {func(a *addons) {
			a.write(a.upstream, "sentry/x.py", "")
			a.commit(a.upstream, "second")
			a.git(a.sub(), "pull", "-q", "origin", "19.0")
		}, "the repository names"},
		"a file changed in place":   {func(a *addons) { a.write(a.sub(), "sentry/__manifest__.py", "{}") }, "1 files were changed in place"},
		"a file added in place":     {func(a *addons) { a.write(a.sub(), "sentry/hook.py", "") }, "1 files were changed in place, the first is ?? sentry/hook.py"},
		"a file that git ignores":   {func(a *addons) { a.ignore("*.so"); a.write(a.sub(), "sentry/hook.so", "x") }, "module sentry has the content"},
		"a module that git ignores": {func(a *addons) { a.ignore("evil/"); a.write(a.sub(), "evil/__manifest__.py", "{}") }, "module evil is not locked"},
		"not checked out":           {func(a *addons) { a.git(a.dir, "submodule", "-q", "deinit", "-f", "--all") }, "not checked out, so its content was not compared"},
		"another address":           {func(a *addons) { a.set("url", "https://example.com/x.git") }, "its url is https://example.com/x.git"},
		"another branch":            {func(a *addons) { a.set("branch", "18.0") }, `its branch is "18.0", locked is "19.0"`},
		"submodule removed":         {func(a *addons) { a.git(a.dir, "rm", "-q", "-f", "addons/external/oca/server-tools") }, "there is no submodule"},
		"entry in .gitmodules gone": {func(a *addons) { require.NoError(a.t, os.Remove(filepath.Join(a.dir, ".gitmodules"))) }, "no entry in .gitmodules"},
		"gitlink gone":              {func(a *addons) { a.git(a.dir, "rm", "-q", "--cached", "addons/external/oca/server-tools") }, "git knows no commit for it"},
		"a copy beside": {func(a *addons) {
			a.write(a.dir, "addons/external/oca/web/x/__manifest__.py", "{}")
			a.git(a.dir, "add", "addons/external/oca/web")
		}, "a copy in this repository, not a submodule"},
		"a submodule not locked": {func(a *addons) {
			a.git(a.dir, "submodule", "add", "-q", a.other("web", "web_x"), "addons/external/oca/web")
		}, "the submodule is not locked"},
		"the lock's tree changed": {func(a *addons) { a.relock(func(r *modules.Repository) { r.Tree = strings.Repeat("0", 40) }) }, "hash to"},
		"the lock's module changed": {func(a *addons) {
			a.relock(func(r *modules.Repository) { r.Modules["sentry"] = "sha256:" + strings.Repeat("0", 64) })
		}, "module sentry has the content"},
		"the lock's module is extra": {func(a *addons) {
			a.relock(func(r *modules.Repository) { r.Modules["gone"] = "sha256:" + strings.Repeat("0", 64) })
		}, "module gone is locked and not there"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAddons(t)
			test.do(a)
			a.only(test.want)
		})
	}
}

// ignore has git ignore a pattern in the submodule, as a user's own settings do.
func (a *addons) ignore(pattern string) {
	a.write(a.git(a.sub(), "rev-parse", "--absolute-git-dir"), "info/exclude", pattern+"\n")
}

func (a *addons) set(key, value string) {
	a.git(a.dir, "config", "-f", ".gitmodules", "submodule.addons/external/oca/server-tools."+key, value)
}

// other makes an OCA repository with one module.
func (a *addons) other(repo, module string) string {
	dir := filepath.Join(filepath.Dir(a.dir), repo)
	a.git(filepath.Dir(a.dir), "init", "-q", "-b", "19.0", dir)
	a.write(dir, module+"/__manifest__.py", "{}")
	a.commit(dir, "first")
	return dir
}

func (a *addons) relock(edit func(*modules.Repository)) {
	l, err := modules.Read(a.dir)
	require.NoError(a.t, err)
	r := l.Repositories["server-tools"]
	edit(&r)
	l.Repositories["server-tools"] = r
	b, err := json.Marshal(l)
	require.NoError(a.t, err)
	a.write(a.dir, modules.File, string(b))
}

func TestOneModuleInTwoRepositoriesIsRefused(t *testing.T) {
	a := newAddons(t)
	a.git(a.dir, "submodule", "add", "-q", a.other("web", "sentry"), "addons/external/oca/web")
	_, err := modules.Write(ctx, a.dir, false)
	require.ErrorContains(t, err, "module sentry is in server-tools too")
}

func TestALockThatCantBeReadIsNoPass(t *testing.T) {
	a := newAddons(t)
	for text, want := range map[string]string{
		"":               "EOF",
		"{}":             "version 0",
		`{"version": 1}`: "no repositories",
		`{"version": 1, "repositories": {}, "x": 1}`:                                                "unknown field",
		`{"version": 1, "repositories": {}} {}`:                                                     "more after its end",
		`{"version": 1, "repositories": {"web": {"commit": "main"}}}`:                               "no full hash",
		`{"version": 1, "repositories": {"../web": {"commit": "` + strings.Repeat("0", 40) + `"}}}`: "no name of a repository",
	} {
		a.write(a.dir, modules.File, text)
		_, err := modules.Verify(ctx, a.dir, "")
		require.ErrorContains(t, err, want, text)
		assert.Equal(t, 2, fault.ExitCode(err))
	}
	require.NoError(t, os.Remove(filepath.Join(a.dir, modules.File)))
	_, err := modules.Verify(ctx, a.dir, "")
	require.ErrorContains(t, err, "next: odooops modules lock")
}

func TestOutsideARepositoryAndBelowItsRootAreBadUsage(t *testing.T) {
	a := newAddons(t)
	_, err := modules.Write(ctx, filepath.Join(a.dir, "addons"), false)
	require.ErrorContains(t, err, "is inside the repository")
	_, err = modules.Write(ctx, t.TempDir(), false)
	require.ErrorContains(t, err, "not a git repository")
}

func TestTheVariablesOfAHookDontMislead(t *testing.T) {
	a := newAddons(t)
	t.Setenv("GIT_DIR", filepath.Join(a.upstream, ".git"))
	t.Setenv("GIT_INDEX_FILE", "/nowhere")
	r, err := modules.Verify(ctx, a.dir, "")
	require.NoError(t, err)
	assert.Empty(t, r.Drift)
}
