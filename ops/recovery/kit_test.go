package recovery

import (
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/stacks/config"
)

func TestEitherOperatorOpensTheKit(t *testing.T) {
	d := Dir(t.TempDir())
	ops, err := d.DemoOperators()
	require.NoError(t, err)
	to, err := Recipients(ops)
	require.NoError(t, err)
	path, err := d.Write(New("production", "s3cret", nil), to)
	require.NoError(t, err)
	sealed, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(sealed), "s3cret")
	for _, name := range []string{"demo-operator-1.txt", "demo-operator-2.txt"} {
		key, err := os.ReadFile(filepath.Join(string(d), name))
		require.NoError(t, err)
		id, err := Identity(key)
		require.NoError(t, err)
		k, err := Open(sealed, id)
		require.NoError(t, err)
		assert.Equal(t, "s3cret", k.Archive.Cipher)
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

func TestAnSSHKeyOpensTheKit(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "ann")
	require.NoError(t, err)
	line := string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
	to, err := Recipients([]string{line, "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"})
	require.NoError(t, err)
	sealed, err := Seal(New("production", "s3cret", nil), to)
	require.NoError(t, err)
	id, err := Identity(pem.EncodeToMemory(block))
	require.NoError(t, err)
	k, err := Open(sealed, id)
	require.NoError(t, err)
	assert.Equal(t, "s3cret", k.Archive.Cipher)
}

func TestTheKitReadsBothRepositoriesAndWritesNone(t *testing.T) {
	k := New("production", "s3cret", &config.OdooOutputs{
		Stanza: "production", Database: "odoo", Images: config.Images{Postgres: "postgres@sha256:1"},
		Repositories: []config.Repository{{Number: 1, Bucket: "wal", FilesBucket: "files"}, {Number: 2, Bucket: "wal2", FilesBucket: "files2"}},
		ReadKeys:     []config.RepositoryKey{{ID: "R1", Secret: "reads"}, {ID: "R2", Secret: "reads too"}},
		ExpireKeys:   []config.RepositoryKey{{ID: "X1", Secret: "deletes"}, {ID: "X2", Secret: "deletes"}},
	})
	text, err := k.Archive.JSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"stanza":"production","database":"odoo","cipher":"s3cret","repositories":[
		{"number":1,"endpoint":"","region":"","bucket":"wal","path":"","filesBucket":"files","keyId":"R1","secret":"reads"},
		{"number":2,"endpoint":"","region":"","bucket":"wal2","path":"","filesBucket":"files2","keyId":"R2","secret":"reads too"}]}`, text)
	assert.Equal(t, "postgres@sha256:1", k.Versions["postgres"])
}

func TestOperatorsAreRemembered(t *testing.T) {
	d := Dir(t.TempDir())
	require.NoError(t, d.SaveOperators([]string{"age1a", "age1b"}))
	assert.Equal(t, []string{"age1a", "age1b"}, d.Operators())
}
