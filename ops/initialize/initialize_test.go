package initialize

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

func options(t *testing.T, cloud project.CloudKind) Options {
	t.Helper()
	dir := t.TempDir()
	for name, kind := range map[string]string{"platform": "platform", "production": "production"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi."+name+".yaml"), []byte("config:\n  odooops:kind: "+kind+"\n"), 0o600))
	}
	return Options{
		Project: &project.Project{Root: dir},
		Getenv:  func(string) string { return "" },
		Cloud:   cloud,
		Secrets: func(kind string) []Secret {
			s := []Secret{{Key: "sshOperatorKey", Type: "ed25519", FromPlatform: kind == "production"}}
			if kind == "production" {
				s = append(s, Secret{Key: CipherKey, Type: "cipher"}, Secret{Key: "mailgunPassword", Type: "password", Optional: true})
			}
			return s
		},
		Stanza: func(string) (bool, error) { return false, nil },
		Kit: func(stack string, v map[string]string) (recovery.Kit, error) {
			return recovery.Kit{Stack: stack, Cipher: v[CipherKey]}, nil
		},
		Say: func(string) {},
	}
}

func values(t *testing.T, o Options, stack string) map[string]string {
	t.Helper()
	pass, err := o.Project.Passphrase(o.Getenv, config.Core)
	require.NoError(t, err)
	f, err := stackfile.Read(o.Project.StackFile(stack))
	require.NoError(t, err)
	v, err := f.Values(context.Background(), pass)
	require.NoError(t, err)
	return v
}

func TestInitMakesEverySecretOnce(t *testing.T) {
	o := options(t, project.Local)
	first, err := Run(context.Background(), o)
	require.NoError(t, err)
	assert.Equal(t, []string{"sshOperatorKey", CipherKey}, first.Made["production"])
	assert.FileExists(t, first.Kits[0])
	before := values(t, o, "production")
	_, err = ssh.ParsePrivateKey([]byte(before["sshOperatorKey"]))
	assert.NoError(t, err)

	second, err := Run(context.Background(), o)
	require.NoError(t, err)
	assert.Empty(t, second.Made)
	assert.Equal(t, before, values(t, o, "production"))
}

func TestProductionSharesThePlatformsKeys(t *testing.T) {
	o := options(t, project.Local)
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	assert.Equal(t, values(t, o, "platform")["sshOperatorKey"], values(t, o, "production")["sshOperatorKey"])
}

func TestTheRealCloudNeedsTwoOperators(t *testing.T) {
	o := options(t, project.DigitalOcean)
	_, err := Run(context.Background(), o)
	assert.ErrorContains(t, err, "--operator")
	assert.Equal(t, 2, fault.ExitCode(err))
	assert.NoFileExists(t, o.Project.Private("passphrase"))
}

func TestNoNewCipherWhereBackupsExist(t *testing.T) {
	o := options(t, project.Local)
	o.Stanza = func(string) (bool, error) { return true, nil }
	_, err := Run(context.Background(), o)
	assert.ErrorContains(t, err, "there are backups already")
}

func TestALostPassphraseIsNotReplaced(t *testing.T) {
	o := options(t, project.Local)
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	require.NoError(t, os.Remove(o.Project.Private("passphrase")))
	_, err = Run(context.Background(), o)
	assert.ErrorContains(t, err, "is encrypted already")
}

func TestDryRunWritesNothing(t *testing.T) {
	o := options(t, project.Local)
	o.DryRun = true
	r, err := Run(context.Background(), o)
	require.NoError(t, err)
	assert.NotEmpty(t, r.Made["production"])
	assert.NoDirExists(t, o.Project.Private())
}
