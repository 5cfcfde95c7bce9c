package gate

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Put together here, so that no scanner takes this file for a leak.
var token = "ghp" + "_" + "wJ4lrXUtnF3MIK7MD3NGbPxRf1CYq8zW2sT9"

// gitTree is a repository with these files committed.
func gitTree(t *testing.T, files map[string]string) string {
	t.Helper()
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_SYSTEM": os.DevNull,
		"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com",
	} {
		t.Setenv(name, value)
	}
	dir := tempTree(t, files)
	runGit(t, dir, "init", "-q", "-b", "main")
	commitAll(t, dir)
	return dir
}

func runGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

func commitAll(t *testing.T, dir string) string {
	t.Helper()
	runGit(t, dir, "add", "-A")
	runGit(t, dir, "commit", "-q", "-m", "a change")
	return runGit(t, dir, "rev-parse", "HEAD")
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

func leaking() map[string]string {
	return map[string]string{"deploy.py": "# deploys\ntoken = '" + token + "'\n", "README.md": "hello"}
}

func TestSecretsFindsATokenAndDoesntSayIt(t *testing.T) {
	dir := gitTree(t, leaking())
	got := found(t, Secrets{Dir: dir})
	require.Len(t, got, 1)
	assert.Contains(t, got[0], "fail deploy.py:2: rule github-pat:")
	r, err := Secrets{Dir: dir}.Check(t.Context())
	require.NoError(t, err)
	for _, f := range r.Findings {
		assert.NotContains(t, f.Cause+f.Next+f.File, token[8:20])
	}
}

func TestSecretsPassesATreeWithout(t *testing.T) {
	assert.Empty(t, found(t, Secrets{Dir: gitTree(t, map[string]string{
		"deploy.py": "import os\ntoken = os.environ['TOKEN']\n",
	})}))
}

func TestSecretsLooksAtWhatIsNotAddedYetAndNotAtWhatGitIgnores(t *testing.T) {
	dir := gitTree(t, map[string]string{".gitignore": ".env\n"})
	put(t, dir, ".env", "TOKEN="+token)
	assert.Empty(t, found(t, Secrets{Dir: dir}))
	put(t, dir, "new.py", "token = '"+token+"'")
	assert.Len(t, found(t, Secrets{Dir: dir}), 1)
}

func TestSecretsFindsInCommitsWhatWasTakenOut(t *testing.T) {
	dir := gitTree(t, map[string]string{"a.py": ""})
	base := runGit(t, dir, "rev-parse", "HEAD")
	put(t, dir, "a.py", "token = '"+token+"'\n")
	leak := commitAll(t, dir)
	put(t, dir, "a.py", "")
	after := commitAll(t, dir)
	assert.Empty(t, found(t, Secrets{Dir: dir}))
	for _, commits := range []string{"all", base + "..HEAD"} {
		got := found(t, Secrets{Dir: dir, Commits: commits})
		require.Len(t, got, 1, commits)
		assert.Contains(t, got[0], "fail commit "+leak[:12]+" a.py:1: rule github-pat")
	}
	assert.Empty(t, found(t, Secrets{Dir: dir, Commits: after + "..HEAD"}))
}

func TestSecretsTakesAFalseAlarmBack(t *testing.T) {
	dir := gitTree(t, leaking())
	put(t, dir, ".gitleaksignore", "# a token that opens nothing\ndeploy.py:github-pat:2\n")
	assert.Empty(t, found(t, Secrets{Dir: dir}))
	require.NoError(t, os.Remove(filepath.Join(dir, ".gitleaksignore")))
	put(t, dir, "deploy.py", "token = '"+token+"' # gitleaks:allow\n")
	assert.Empty(t, found(t, Secrets{Dir: dir}))
}

func TestSecretsAddsTheRepositorysRules(t *testing.T) {
	dir := gitTree(t, leaking())
	rule := "[[rules]]\nid = \"house-key\"\ndescription = \"A house key\"\nregex = '''house-[0-9]{6}'''\n"
	put(t, dir, "b.py", "key = 'house-123456'\n")
	put(t, dir, ".gitleaks.toml", "[extend]\nuseDefault = true\n"+rule)
	got := found(t, Secrets{Dir: dir})
	require.Len(t, got, 2)
	assert.Equal(t, "fail b.py:1: rule house-key: A house key", got[0])

	put(t, dir, ".gitleaks.toml", rule)
	got = found(t, Secrets{Dir: dir})
	require.Len(t, got, 2)
	assert.Equal(t, "warn .gitleaks.toml: it replaces the rules of gitleaks instead of adding to them", got[0])
}

func TestSecretsRefusesWhatItCantLookAt(t *testing.T) {
	dir := gitTree(t, leaking())
	for rules, want := range map[string]string{
		"title = 'none'":                       "it leaves no rule",
		"[[rules":                              "toml",
		"[extend]\npath = '/elsewhere.toml'":   "not followed",
		"[[rules]]\nid = 'x'\nregex = '''('''": "missing closing",
	} {
		put(t, dir, ".gitleaks.toml", rules)
		assert.Contains(t, refused(t, Secrets{Dir: dir}), want)
	}
	require.NoError(t, os.Remove(filepath.Join(dir, ".gitleaks.toml")))
	assert.Contains(t, refused(t, Secrets{Dir: t.TempDir()}), "not a git repository")
	assert.Contains(t, refused(t, Secrets{Dir: gitTreeEmpty(t)}), "nothing to look at")
	assert.Contains(t, refused(t, Secrets{Dir: dir, Commits: "--output=x"}), "no range of commits")
	assert.Contains(t, refused(t, Secrets{Dir: dir, Commits: "absent..HEAD"}), "make all of it readable")

	clone := filepath.Join(t.TempDir(), "clone")
	commitAllEmpty(t, dir)
	runGit(t, dir, "clone", "-q", "--depth", "1", "file://"+dir, clone)
	assert.Contains(t, refused(t, Secrets{Dir: clone, Commits: "all"}), "this checkout has no history")
}

func TestSecretsTakesNoLockForOne(t *testing.T) {
	upstream := gitTree(t, map[string]string{
		"sentry/__manifest__.py": "{}", "auth_api_key/__manifest__.py": "{}", "password_security/__manifest__.py": "{}", "vault_token/__manifest__.py": "{}",
	})
	dir := lockedTree(t, upstream, "server-auth")
	assert.Empty(t, found(t, Secrets{Dir: dir, Commits: "all"}))
}

func gitTreeEmpty(t *testing.T) string {
	dir := t.TempDir()
	runGit(t, dir, "init", "-q")
	return dir
}

func commitAllEmpty(t *testing.T, dir string) {
	runGit(t, dir, "commit", "-q", "--allow-empty", "-m", "another")
}

func TestThisRepositoryHasNoSecret(t *testing.T) {
	assert.Empty(t, found(t, Secrets{Dir: "../.."}))
}
