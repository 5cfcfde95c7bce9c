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
	put(t, filepath.Join(golden, "overlay2", "a", "diff", "diff", "file"), "layer")
	put(t, filepath.Join(golden, "overlay2", "a", "link"), "SHORT")
	put(t, filepath.Join(golden, "image", "overlay2", "repositories.json"), "names")
	require.NoError(t, os.Mkdir(filepath.Join(golden, "overlay2", "l"), 0o700))
	require.NoError(t, os.Symlink("../a/diff", filepath.Join(golden, "overlay2", "l", "SHORT")))
	return golden
}

func TestANewMachineReadsTheGoldenLayersAndOwnsTheirNames(t *testing.T) {
	golden, root := goldenRoot(t), t.TempDir()
	require.NoError(t, borrowImages(golden, root))
	for link, want := range map[string]string{"overlay2/a/diff": "/var/lib/odooops-golden/overlay2/a/diff", "overlay2/l/SHORT": "../a/diff"} {
		target, err := os.Readlink(filepath.Join(root, link))
		require.NoError(t, err)
		require.Equal(t, want, target)
	}
	put(t, filepath.Join(root, "image", "overlay2", "repositories.json"), "more names")
	kept, err := os.ReadFile(filepath.Join(golden, "image", "overlay2", "repositories.json"))
	require.NoError(t, err)
	require.Equal(t, "names", string(kept))
}

func TestAGoldenVolumeThatIsNotCompleteIsNotUsed(t *testing.T) {
	for _, missing := range []string{"image", "overlay2"} {
		golden, root := goldenRoot(t), t.TempDir()
		require.NoError(t, os.RemoveAll(filepath.Join(golden, missing)))
		require.Error(t, borrowImages(golden, root))
		left, err := os.ReadDir(root)
		require.NoError(t, err)
		require.Empty(t, left, "half a store")
	}
}
