package modules_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/modules"
)

// advance gives upstream a second commit: auditlog changed, sentry gone, queue new.
func (a *addons) advance() string {
	a.write(a.upstream, "auditlog/models/rule.py", "x = 2\n")
	a.write(a.upstream, "queue/__manifest__.py", "{}")
	require.NoError(a.t, os.RemoveAll(filepath.Join(a.upstream, "sentry")))
	return a.commit(a.upstream, "second")
}

func (a *addons) update(to string, dryRun bool) (modules.Moved, error) {
	return modules.Update(ctx, a.dir, "server-tools", to, dryRun)
}

func TestUpdateMovesSubmoduleAndLockTogether(t *testing.T) {
	a := newAddons(t)
	first, second := a.git(a.upstream, "rev-parse", "HEAD"), a.advance()
	m, err := a.update("", false)
	require.NoError(t, err)
	assert.Equal(t, modules.Moved{
		Repository: "server-tools", From: first, To: second,
		Added: []string{"queue"}, Removed: []string{"sentry"}, Changed: []string{"auditlog"},
	}, m)
	assert.Empty(t, a.drift())
	assert.Contains(t, a.git(a.dir, "ls-files", "-s", "addons/external"), second)

	_, err = a.update(first[:10], false)
	require.NoError(t, err)
	assert.Empty(t, a.drift())
	assert.Equal(t, first, a.git(a.sub(), "rev-parse", "HEAD"))
}

func TestADryRunChangesNothingAndSaysTheSame(t *testing.T) {
	a := newAddons(t)
	a.advance()
	before := a.git(a.sub(), "rev-parse", "HEAD")
	dry, err := a.update("", true)
	require.NoError(t, err)
	assert.Equal(t, before, a.git(a.sub(), "rev-parse", "HEAD"))
	assert.Empty(t, a.git(a.dir, "status", "--porcelain"))
	done, err := a.update("", false)
	require.NoError(t, err)
	assert.Equal(t, done, dry)
}

func TestUpdateIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(a *addons)
		to   string
		want string
	}{
		"changed in place":  {func(a *addons) { a.write(a.sub(), "sentry/x.py", "") }, "", "changed in place"},
		"no such commit":    {func(*addons) {}, strings.Repeat("a", 40), "has no commit, branch or tag"},
		"an option":         {func(*addons) {}, "--output=x", "has no commit, branch or tag"},
		"remote is another": {func(a *addons) { a.git(a.sub(), "remote", "set-url", "origin", "/nowhere") }, "", "git submodule sync"},
		"remote is gone":    {func(a *addons) { require.NoError(a.t, os.RemoveAll(a.upstream)) }, "", "git -C addons/external/oca/server-tools fetch origin"},
		"no branch to follow": {func(a *addons) {
			a.git(a.dir, "config", "-f", ".gitmodules", "--unset", "submodule.addons/external/oca/server-tools.branch")
		}, "", "no branch to follow"},
		"a module of two":     {func(a *addons) { a.two() }, "", "module web_x is in server-tools too"},
		"commit of a fork":    {func(a *addons) { a.fork() }, "proposed", "is on no branch of"},
		"another git at work": {func(a *addons) { a.advance(); a.write(a.dir, ".git/index.lock", "") }, "", "index.lock"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAddons(t)
			test.do(a)
			lock, err := os.ReadFile(filepath.Join(a.dir, modules.File))
			require.NoError(t, err)
			at := a.git(a.sub(), "rev-parse", "HEAD")
			_, err = a.update(test.to, false)
			require.ErrorContains(t, err, test.want)
			after, err := os.ReadFile(filepath.Join(a.dir, modules.File))
			require.NoError(t, err)
			assert.Equal(t, string(lock), string(after))
			assert.Equal(t, at, a.git(a.sub(), "rev-parse", "HEAD"))
			assert.Contains(t, a.git(a.dir, "ls-files", "-s", "addons/external"), at)
		})
	}
}

// two locks a second repository, and gives upstream its module.
func (a *addons) two() {
	a.git(a.dir, "submodule", "add", "-q", a.other("web", "web_x"), "addons/external/oca/web")
	_, err := modules.Write(ctx, a.dir, false)
	require.NoError(a.t, err)
	a.write(a.upstream, "web_x/__manifest__.py", "{}")
	a.commit(a.upstream, "second")
}

// fork gives upstream a tag whose commit no branch has.
func (a *addons) fork() {
	a.git(a.upstream, "checkout", "-q", "--detach")
	a.write(a.upstream, "evil/__manifest__.py", "{}")
	a.commit(a.upstream, "proposed")
	a.git(a.upstream, "tag", "proposed")
	a.git(a.upstream, "checkout", "-q", "19.0")
}
