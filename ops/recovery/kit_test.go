package recovery

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEitherOperatorOpensTheKit(t *testing.T) {
	d := Dir(t.TempDir())
	ops, err := d.DemoOperators()
	require.NoError(t, err)
	to, err := Recipients(ops)
	require.NoError(t, err)
	path, err := d.Write(Kit{Stack: "production", Cipher: "s3cret"}, to)
	require.NoError(t, err)
	sealed, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(sealed), "s3cret")
	for _, name := range []string{"demo-operator-1.txt", "demo-operator-2.txt"} {
		key, err := os.ReadFile(filepath.Join(string(d), name))
		require.NoError(t, err)
		id, err := age.ParseX25519Identity(strings.TrimSpace(string(key)))
		require.NoError(t, err)
		k, err := Open(sealed, id)
		require.NoError(t, err)
		assert.Equal(t, "s3cret", k.Cipher)
	}
}

func TestOneOperatorIsNotEnough(t *testing.T) {
	ops, err := Dir(t.TempDir()).DemoOperators()
	require.NoError(t, err)
	to, err := Recipients([]string{ops[0], ops[0]})
	require.NoError(t, err)
	_, err = Seal(Kit{}, to)
	assert.ErrorContains(t, err, "1 operators can open it, 2 are needed")
}

func TestSSHKeysAreOperatorsToo(t *testing.T) {
	_, err := Recipients([]string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ann"})
	assert.NoError(t, err)
	_, err = Recipients([]string{"nonsense"})
	assert.ErrorContains(t, err, "age1")
}

func TestOperatorsAreRemembered(t *testing.T) {
	d := Dir(t.TempDir())
	require.NoError(t, d.SaveOperators([]string{"age1a", "age1b"}))
	assert.Equal(t, []string{"age1a", "age1b"}, d.Operators())
}
