package docker

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func goldenRoot(t *testing.T) string {
	t.Helper()
	golden := t.TempDir()
	put(t, filepath.Join(golden, "overlay2", "a", "diff", "file"), "layer")
	put(t, filepath.Join(golden, "image", "overlay2", "repositories.json"), "names")
	return golden
}

func TestANewMachineSharesTheGoldenLayersAndOwnsTheirNames(t *testing.T) {
	golden, root := goldenRoot(t), t.TempDir()
	put(t, filepath.Join(root, "overlay2", "half"), "what a copy that was cut short left")
	require.NoError(t, copyImages(t.Context(), golden, root))
	require.NoFileExists(t, filepath.Join(root, "overlay2", "half"))

	same := func(name string) bool {
		a, err := os.Stat(filepath.Join(golden, name))
		require.NoError(t, err)
		b, err := os.Stat(filepath.Join(root, name))
		require.NoError(t, err)
		return os.SameFile(a, b)
	}
	require.True(t, same("overlay2/a/diff/file"))
	require.False(t, same("image/overlay2/repositories.json"), "dockerd writes it")
}

func TestAMachineThatHasImagesKeepsThem(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "image", "own"), "own")
	require.NoError(t, copyImages(t.Context(), goldenRoot(t), root))
	require.NoDirExists(t, filepath.Join(root, "overlay2"))
}

func TestAGoldenVolumeThatIsNotCompleteIsNotUsed(t *testing.T) {
	golden, root := goldenRoot(t), t.TempDir()
	require.NoError(t, os.RemoveAll(filepath.Join(golden, "image")))
	require.ErrorContains(t, copyImages(t.Context(), golden, root), "not complete")
	left, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Empty(t, left)
}
