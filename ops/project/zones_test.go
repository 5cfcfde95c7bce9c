package project

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestEachZoneHasItsOwnBackendAndPassphrase(t *testing.T) {
	p := checkout(t)
	for zone, file := range map[config.Zone]string{config.Core: "passphrase", config.Previews: "passphrase-previews"} {
		got, err := p.EngineEnv(none, zone)
		require.NoError(t, err)
		assert.Equal(t, "file://"+p.Private("state", string(zone)), got["PULUMI_BACKEND_URL"])
		assert.Equal(t, p.Private(file), got["PULUMI_CONFIG_PASSPHRASE_FILE"])
		assert.Equal(t, string(zone), got[ZoneVar])
	}
}

func TestTheCallersEnvironmentHoldsForOneZone(t *testing.T) {
	p := checkout(t)
	caller := map[string]string{"PULUMI_BACKEND_URL": "s3://b", "PULUMI_CONFIG_PASSPHRASE": "x"}
	for _, named := range []config.Zone{config.Core, config.Previews} {
		caller[ZoneVar] = string(named)
		for _, zone := range Zones {
			got, err := p.EngineEnv(env(caller), zone)
			require.NoError(t, err)
			if zone == named {
				assert.Equal(t, "s3://b", got["PULUMI_BACKEND_URL"])
				assert.Equal(t, "x", got["PULUMI_CONFIG_PASSPHRASE"])
				continue
			}
			assert.Equal(t, "file://"+p.StateDir(zone), got["PULUMI_BACKEND_URL"])
			assert.NotContains(t, got, "PULUMI_CONFIG_PASSPHRASE")
		}
	}
}

func TestZonesFileSaysWhereTheStateIs(t *testing.T) {
	p := checkout(t)
	write(t, p.ZonesFile(), "core: {backend: \"s3://core?region=x\"}\n")
	write(t, p.StateKeyFile(config.Core), `{"id":"K","secret":"S"}`)
	got, err := p.EngineEnv(none, config.Core)
	require.NoError(t, err)
	assert.Equal(t, "s3://core?region=x", got["PULUMI_BACKEND_URL"])
	assert.Equal(t, "S", got["AWS_SECRET_ACCESS_KEY"])
	got, err = p.EngineEnv(none, config.Previews)
	require.NoError(t, err)
	assert.Equal(t, "file://"+p.StateDir(config.Previews), got["PULUMI_BACKEND_URL"])
	assert.NotContains(t, got, "AWS_SECRET_ACCESS_KEY")
}

func TestARunnerBringsTheKeyOfItsZonesBucket(t *testing.T) {
	p := checkout(t)
	write(t, p.ZonesFile(), "core: {backend: \"s3://core?region=x\"}\npreviews: {backend: \"s3://previews?region=x\"}\n")
	runner := env(map[string]string{ZoneVar: "previews", "AWS_ACCESS_KEY_ID": "K", "AWS_SECRET_ACCESS_KEY": "S"})
	got, err := p.EngineEnv(runner, config.Previews)
	require.NoError(t, err)
	assert.Equal(t, "K", got["AWS_ACCESS_KEY_ID"])
	assert.Equal(t, "S", got["AWS_SECRET_ACCESS_KEY"])
	got, err = p.EngineEnv(runner, config.Core)
	require.NoError(t, err)
	assert.NotContains(t, got, "AWS_ACCESS_KEY_ID", "it opens the other zone's bucket, not this one's")
}

func TestAZonesFileWithAnythingElseIsRefused(t *testing.T) {
	for _, text := range []string{"core: s3://b\n", "cores: {backend: x}\n", "core: {backend: ''}\n", "core: {url: x}\n"} {
		p := checkout(t)
		write(t, p.ZonesFile(), text)
		_, err := p.EngineEnv(none, config.Core)
		assert.Equal(t, 2, fault.ExitCode(err), text)
	}
}

func TestAStateThatWasMovedIsNotUsedAgain(t *testing.T) {
	p := checkout(t)
	write(t, p.MovedFile(config.Core), "s3://b\n")
	_, err := p.EngineEnv(none, config.Core)
	assert.ErrorContains(t, err, "moved to s3://b")
	_, err = p.EngineEnv(env(map[string]string{"PULUMI_BACKEND_URL": "file://" + p.StateDir(config.Core)}), config.Core)
	assert.ErrorContains(t, err, "moved to s3://b")
	_, err = p.EngineEnv(none, config.Previews)
	assert.NoError(t, err)
}

func TestTheKindDecidesTheZone(t *testing.T) {
	p := checkout(t)
	write(t, p.StackFile("host"), "config:\n  odooops:kind: preview-host\n")
	write(t, p.StackFile("shop"), "config:\n  odooops:kind: production\n")
	for stack, want := range map[string]config.Zone{"host": config.Previews, "shop": config.Core, "preview-pr-7": config.Previews} {
		zone, err := p.ZoneOf(stack)
		require.NoError(t, err)
		assert.Equal(t, want, zone)
	}
}

func TestThePreviewsSharedFileIsNoStack(t *testing.T) {
	p := checkout(t, "Pulumi.preview.yaml", "Pulumi.platform.yaml")
	assert.Equal(t, []string{"platform"}, p.Stacks())
	assert.Equal(t, []string{"platform", "preview"}, p.Configs())
	assert.ErrorContains(t, p.CheckStack("preview"), "odooops pr up")
}
