package backend

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSettingATagKeepsTheOthers(t *testing.T) {
	b, err := Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, b.SetTags(t.Context(), "preview-pr-7", map[string]string{"a": "1"}))
	require.NoError(t, b.SetTags(t.Context(), "preview-pr-7", map[string]string{"b": "2"}))
	got, err := b.Tags(t.Context(), "preview-pr-7")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a": "1", "b": "2"}, got)
	require.NoError(t, b.SetTags(t.Context(), "preview-pr-7", map[string]string{"a": ""}))
	got, err = b.Tags(t.Context(), "preview-pr-7")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"b": "2"}, got)
}

func TestTagsOfAnUnknownFormatAreAnError(t *testing.T) {
	dir := t.TempDir()
	b, err := Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + dir})
	require.NoError(t, err)
	file := filepath.Join(dir, filepath.FromSlash(tagsName("x")))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte(`{"version":2}`), 0o600))
	_, err = b.Tags(t.Context(), "x")
	assert.ErrorContains(t, err, "version 2")
}

func TestALockedStackIsNamedAlsoWithoutState(t *testing.T) {
	dir := t.TempDir()
	b, err := Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + dir})
	require.NoError(t, err)
	lock := filepath.Join(dir, ".pulumi/locks/organization/odooops/preview-pr-7/0.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(lock), 0o700))
	require.NoError(t, os.WriteFile(lock, []byte("{}"), 0o600))
	got, err := b.Locked(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"preview-pr-7"}, got)
}
