package project

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
)

func checkout(t *testing.T, files ...string) *Project {
	t.Helper()
	dir := t.TempDir()
	for _, f := range append(files, "Pulumi.yaml") {
		require.NoError(t, os.WriteFile(filepath.Join(dir, f), []byte("name: odooops\n"), 0o600))
	}
	return &Project{Root: dir}
}

func none(string) string { return "" }

func TestFindWalksUpToTheProject(t *testing.T) {
	p := checkout(t)
	sub := filepath.Join(p.Root, "a", "b")
	require.NoError(t, os.MkdirAll(sub, 0o700))
	got, err := Find(sub)
	require.NoError(t, err)
	assert.Equal(t, p.Root, got.Root)
}

func TestFindOutsideACheckoutIsBadUsage(t *testing.T) {
	_, err := Find(t.TempDir())
	assert.Equal(t, 2, fault.ExitCode(err))
}

func TestStacksListThePlatformFirst(t *testing.T) {
	p := checkout(t, "Pulumi.acme.yaml", "Pulumi.production.yaml", "Pulumi.platform.yaml")
	assert.Equal(t, []string{"platform", "acme", "production"}, p.Stacks())
}

func TestUnknownStackNamesTheKnownOnes(t *testing.T) {
	p := checkout(t, "Pulumi.platform.yaml")
	assert.ErrorContains(t, p.CheckStack("nope"), "one of: platform")
	assert.Error(t, p.CheckStack("../x"))
}

func TestTheRealCloudIsNeverADefault(t *testing.T) {
	assert.Equal(t, Local, Cloud(none))
	assert.Equal(t, DigitalOcean, Cloud(env(map[string]string{"DIGITALOCEAN_TOKEN": "t"})))
	assert.Equal(t, Local, Cloud(env(map[string]string{"DIGITALOCEAN_TOKEN": "t", "DIGITALOCEAN_API_URL": "http://x"})))
}

func env(m map[string]string) func(string) string {
	return func(k string) string { return m[k] }
}
