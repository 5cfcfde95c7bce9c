package initialize

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

func options(t *testing.T, cloud project.CloudKind) Options {
	t.Helper()
	dir := t.TempDir()
	for _, kind := range []string{"platform", "production", "preview-host", "preview"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi."+kind+".yaml"), []byte("config:\n  odooops:kind: "+kind+"\n"), 0o600))
	}
	o := Options{
		Project: &project.Project{Root: dir},
		Getenv:  func(string) string { return "" },
		Cloud:   cloud,
		Stanza:  func(string) (bool, error) { return false, nil },
		Kit: func(stack string, v map[string]string) (recovery.Kit, error) {
			return recovery.New(stack, v[CipherKey], nil), nil
		},
		Say: func(string) {},
	}
	o.Backend = func(zone config.Zone) (*backend.Backend, error) {
		return backend.Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + o.Project.StateDir(zone)})
	}
	return o
}

func values(t *testing.T, o Options, stack string) map[string]string {
	t.Helper()
	f, err := stackfile.Read(o.Project.StackFile(stack))
	require.NoError(t, err)
	pass, err := o.Project.Passphrase(o.Getenv, config.ZoneOf(f.Plain("kind")))
	require.NoError(t, err)
	v, err := f.Values(context.Background(), pass)
	require.NoError(t, err)
	return v
}

func TestInitMakesEverySecretOnce(t *testing.T) {
	o := options(t, project.Local)
	first, err := Run(context.Background(), o)
	require.NoError(t, err)
	assert.Subset(t, first.Made["production"], []string{"sshOperatorKey", CipherKey, "backendId"})
	assert.NotContains(t, first.Made["production"], "mailgunPassword", "nobody can make it")
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

func TestAPlatformMayBeCalledAnything(t *testing.T) {
	o := options(t, project.Local)
	require.NoError(t, os.Rename(o.Project.StackFile("platform"), o.Project.StackFile("rescue")))
	require.NoError(t, os.Remove(o.Project.StackFile("production")))
	erp := "config:\n  odooops:kind: production\n  odooops:platform: rescue\n"
	require.NoError(t, os.WriteFile(o.Project.StackFile("erp"), []byte(erp), 0o600))
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	assert.Equal(t, values(t, o, "rescue")["sshOperatorKey"], values(t, o, "erp")["sshOperatorKey"])
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

func TestEachZoneIsToldThePublicKeysOfTheOther(t *testing.T) {
	o := options(t, project.Local)
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	platform, host := values(t, o, "platform"), values(t, o, "preview-host")
	for _, pair := range [][2]string{
		{platform["sshOperatorKey"], host["coreOperatorKey"]},
		{platform["bastionHostKey"], host["bastionHostKey"]},
		{host["sshOperatorKey"], platform["previewsOperatorKey"]},
	} {
		public, err := config.PublicKey(pair[0])
		require.NoError(t, err)
		assert.Equal(t, public, pair[1])
	}
	assert.NotEqual(t, platform["sshOperatorKey"], host["sshOperatorKey"])
	assert.Equal(t, edge.Hash(host["telemetryToken"]), platform["previewsTelemetryHash"])
	assert.NotEqual(t, platform["telemetryToken"], host["telemetryToken"])
}

func TestThePreviewsPassphraseOpensNothingOfCore(t *testing.T) {
	o := options(t, project.Local)
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	previews, err := o.Project.Passphrase(o.Getenv, config.Previews)
	require.NoError(t, err)
	for _, stack := range []string{"platform", "production"} {
		f, err := stackfile.Read(o.Project.StackFile(stack))
		require.NoError(t, err)
		_, err = f.Values(context.Background(), previews)
		assert.ErrorContains(t, err, "passphrase does not fit")
	}
}

func TestAZoneWithoutItsPassphraseIsLeftAsItIs(t *testing.T) {
	o := options(t, project.Local)
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	before := values(t, o, "preview-host")
	core, err := os.ReadFile(o.Project.StackFile("production"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(o.Project.PassphraseFile(config.Core)))
	var said []string
	o.Say = func(line string) { said = append(said, line) }
	r, err := Run(context.Background(), o)
	require.NoError(t, err)
	assert.Equal(t, map[config.Zone]string{config.Core: absent, config.Previews: kept}, r.Passphrases)
	assert.Contains(t, said[0], "zone core is left as it is")
	assert.Equal(t, before, values(t, o, "preview-host"))
	after, err := os.ReadFile(o.Project.StackFile("production"))
	require.NoError(t, err)
	assert.Equal(t, string(core), string(after))
}

func TestLostPassphrasesAreNotReplaced(t *testing.T) {
	o := options(t, project.Local)
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	for _, zone := range project.Zones {
		require.NoError(t, os.Remove(o.Project.PassphraseFile(zone)))
	}
	_, err = Run(context.Background(), o)
	assert.ErrorContains(t, err, "is encrypted already")
}

func TestBackendAndFilesCarryTheSameMark(t *testing.T) {
	o := options(t, project.Local)
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	ids := map[config.Zone]string{}
	for _, zone := range project.Zones {
		b, err := o.Backend(zone)
		require.NoError(t, err)
		m, err := b.Marker(context.Background())
		require.NoError(t, err)
		ids[zone] = m.ID
	}
	assert.NotEqual(t, ids[config.Core], ids[config.Previews])
	assert.Equal(t, ids[config.Core], values(t, o, "production")["backendId"])
	assert.Equal(t, ids[config.Previews], values(t, o, "preview")["backendId"])

	// An empty place, such as that of a new clone, becomes theirs.
	require.NoError(t, os.RemoveAll(o.Project.StateDir(config.Core)))
	_, err = Run(context.Background(), o)
	require.NoError(t, err)
	b, err := o.Backend(config.Core)
	require.NoError(t, err)
	assert.NoError(t, b.Check(context.Background(), config.Core, ids[config.Core]))
}

func TestAForeignBackendIsRefused(t *testing.T) {
	o := options(t, project.Local)
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	b, err := o.Backend(config.Core)
	require.NoError(t, err)
	require.NoError(t, b.Mark(context.Background(), backend.Marker{ID: "11111111-2222-3333-4444-555555555555", Zone: config.Core}))
	_, err = Run(context.Background(), o)
	assert.ErrorContains(t, err, "is another one")

	require.NoError(t, os.RemoveAll(o.Project.StateDir(config.Core)))
	stack := filepath.Join(o.Project.StateDir(config.Core), ".pulumi/stacks/odooops/x.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(stack), 0o700))
	require.NoError(t, os.WriteFile(stack, []byte("{}"), 0o600))
	_, err = Run(context.Background(), o)
	assert.ErrorContains(t, err, "has no mark")
}

func TestDryRunWritesNothing(t *testing.T) {
	o := options(t, project.Local)
	o.DryRun = true
	r, err := Run(context.Background(), o)
	require.NoError(t, err)
	assert.NotEmpty(t, r.Made["production"])
	assert.NoDirExists(t, o.Project.Private())
}
