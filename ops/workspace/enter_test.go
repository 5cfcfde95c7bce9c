package workspace

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAProgramSeesItsOwnZoneAndNotTheOneBefore(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PULUMI_BACKEND_URL", "file:///core")
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", "core's")
	t.Setenv("DIGITALOCEAN_TOKEN", "core's")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)

	require.NoError(t, Enter(dir, map[string]string{
		"PULUMI_BACKEND_URL": "file:///previews", "DIGITALOCEAN_TOKEN": "the previews'",
	}))

	here, err := os.Getwd()
	require.NoError(t, err)
	assert.Equal(t, dir, here)
	assert.Equal(t, "file:///previews", os.Getenv("PULUMI_BACKEND_URL"))
	assert.Equal(t, "the previews'", os.Getenv("DIGITALOCEAN_TOKEN"))
	_, known := os.LookupEnv("PULUMI_CONFIG_PASSPHRASE")
	assert.False(t, known)
}

func TestAFolderThatIsMissingChangesNothing(t *testing.T) {
	t.Setenv("PULUMI_BACKEND_URL", "file:///core")
	assert.Error(t, Enter(filepath.Join(t.TempDir(), "none"), map[string]string{"PULUMI_BACKEND_URL": "file:///previews"}))
	assert.Equal(t, "file:///core", os.Getenv("PULUMI_BACKEND_URL"))
}
