package gate

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/modules"
)

// ocaTree is an add-ons repository with server-tools of OCA, locked.
func ocaTree(t *testing.T) string {
	t.Helper()
	return lockedTree(t, gitTree(t, map[string]string{"auditlog/__manifest__.py": "{}"}), "server-tools")
}

func lockedTree(t *testing.T, upstream, name string) string {
	t.Helper()
	dir := gitTree(t, map[string]string{"README.md": ""})
	runGit(t, dir, "-c", "protocol.file.allow=always", "submodule", "add", "-q", upstream, modules.Root+"/"+name)
	_, err := modules.Write(t.Context(), dir, false)
	require.NoError(t, err)
	commitAll(t, dir)
	return dir
}

func TestModulesPassesWhereLockAndSubmodulesAgree(t *testing.T) {
	assert.Empty(t, found(t, Modules{Dir: ocaTree(t)}))
}

func TestModulesFailsOnDrift(t *testing.T) {
	dir := ocaTree(t)
	put(t, filepath.Join(dir, modules.Root, "server-tools"), "auditlog/__manifest__.py", "{'changed': 1}")
	assert.Equal(t, []string{"fail addons/external/oca/server-tools: server-tools: 1 files were changed in place, the first is  M auditlog/__manifest__.py"},
		found(t, Modules{Dir: dir}))
}

func TestModulesRefusesARepositoryWithoutALock(t *testing.T) {
	assert.Contains(t, refused(t, Modules{Dir: gitTree(t, map[string]string{"a": ""})}), "odooops modules lock")
}
