package workspace

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/backend"
)

func tornBackend(t *testing.T, state, bak string) (b *backend.Backend, path string) {
	t.Helper()
	dir := t.TempDir()
	stacks := filepath.Join(dir, ".pulumi", "stacks", "odooops")
	require.NoError(t, os.MkdirAll(stacks, 0o700))
	path = filepath.Join(stacks, "production.json")
	require.NoError(t, os.WriteFile(path, []byte(state), 0o600))
	require.NoError(t, os.WriteFile(path+".bak", []byte(bak), 0o600))
	b, err := backend.Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + dir})
	require.NoError(t, err)
	return b, path
}

func TestATornStateIsMendedFromItsCopy(t *testing.T) {
	b, path := tornBackend(t, `{"version":`, `{"version":3}`)
	mended, err := mend(t.Context(), b, "production", "here")
	require.NoError(t, err)
	assert.True(t, mended)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, `{"version":3}`, string(text))
}

func TestAGoodStateIsLeftAlone(t *testing.T) {
	b, _ := tornBackend(t, `{"version":3}`, `{"version":2}`)
	mended, err := mend(t.Context(), b, "production", "here")
	require.NoError(t, err)
	assert.False(t, mended)
}

func TestAStateThatSomebodyMayBeWritingIsNotMended(t *testing.T) {
	b, path := tornBackend(t, ``, `{"version":3}`)
	locks := filepath.Join(filepath.Dir(path), "..", "..", "locks", "organization", "odooops", "production")
	require.NoError(t, os.MkdirAll(locks, 0o700))
	lock := `{"pid":` + strconv.Itoa(os.Getpid()) + `,"username":"ann","hostname":"elsewhere","timestamp":"t"}`
	require.NoError(t, os.WriteFile(filepath.Join(locks, "x.json"), []byte(lock), 0o600))
	_, err := mend(t.Context(), b, "production", "here")
	assert.ErrorContains(t, err, "ann on elsewhere")
}

func TestAttributesThatAKillLeftEmptyAreForgotten(t *testing.T) {
	b, path := tornBackend(t, `{"version":3}`, `{"version":2}`)
	require.NoError(t, os.WriteFile(path+".attrs", nil, 0o600))
	require.NoError(t, os.WriteFile(path+".bak.attrs", []byte(`{"md5":"x"}`), 0o600))
	require.NoError(t, forgetTornAttributes(b.URL, "production"))
	assert.NoFileExists(t, path+".attrs", "a file backend says EOF of it")
	assert.FileExists(t, path)
	assert.FileExists(t, path+".bak.attrs", "good ones stay")
}
