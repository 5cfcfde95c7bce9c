package engine

import (
	"crypto/ed25519"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/tests/checkout"
)

// coreID is the mark of core's backend.
func (c cloud) coreID(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.Dir, ".odooops/state/core/odooops-backend.json"))
	require.NoError(t, err)
	var m struct{ ID string }
	require.NoError(t, json.Unmarshal(text, &m))
	return m.ID
}

// quarantine makes the stack of a restore with the plain CLI: nothing boots
// here, so no restore gets that far.
func (c cloud) quarantine(t *testing.T, stack string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	key := string(pem.EncodeToMemory(block))
	r := c.Pulumi(t, "stack", "init", stack)
	require.Zero(t, r.Code, r.All())
	for name, value := range map[string]string{
		"kind": "restore", "size": "s-2vcpu-4gb", "volumeSizeGb": "20", "backendId": c.coreID(t), "owner": "octocat",
		"created": time.Now().UTC().Format(time.RFC3339), "source": "production", "target": "staging",
	} {
		r := c.Pulumi(t, "config", "set", "-s", stack, "odooops:"+name, value)
		require.Zero(t, r.Code, r.All())
	}
	for _, name := range []string{"hostKey", "sshOperatorKey"} {
		r := c.Pulumi(t, "config", "set", "-s", stack, "--secret", "odooops:"+name, "--", key)
		require.Zero(t, r.Code, r.All())
	}
	r = c.Pulumi(t, "up", "--yes", "--skip-preview", "-s", stack)
	require.Zero(t, r.Code, r.All())
	// A quarantine has no file.
	require.NoError(t, os.Remove(filepath.Join(c.Dir, "Pulumi."+stack+".yaml")))
}

func TestAQuarantineThatARestoreLeftIsSweptWithItsStackAndWithout(t *testing.T) {
	c := newCloud(t)
	c.Must(t, "scripts/up") // all of core, for what must stay
	before := c.records(t)

	c.quarantine(t, "restore-staging")
	s, r := c.sweep(t, 1, "--zone", "core")
	assert.Equal(t, "invalid kept", s.of("stack", "restore-staging"), r.All())
	c.tag(t, "core", "restore-staging", expiresAt, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	s, _ = c.sweep(t, 0, "--zone", "core")
	assert.Equal(t, "living kept", s.of("stack", "restore-staging"), "somebody may be at work in it")
	c.tag(t, "core", "restore-staging", expiresAt, past())
	s, r = c.sweep(t, 0, "--zone", "core")
	assert.Equal(t, "expired removed", s.of("stack", "restore-staging"), r.All())
	assert.Equal(t, before, c.records(t))

	// And what no stack has any more.
	api, tags := c.api(t), marksOf("restore", "restore-template", c.coreID(t), 2*time.Hour)
	own := "odooops:host:restore-template"
	_, _, err := api.Tags.Create(t.Context(), &godo.TagCreateRequest{Name: own})
	require.NoError(t, err)
	_, _, err = api.Firewalls.Create(t.Context(), &godo.FirewallRequest{Name: "odooops-restore-template", Tags: []string{own}, OutboundRules: []godo.OutboundRule{
		{Protocol: "icmp", Destinations: &godo.Destinations{Addresses: []string{"0.0.0.0/0"}}},
	}})
	require.NoError(t, err)
	_, _, err = api.Droplets.Create(t.Context(), &godo.DropletCreateRequest{
		Name: "restore-template", Region: "fra1", Size: "s-1vcpu-2gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"}, Tags: append(tags, own),
	})
	require.NoError(t, err)
	_, _, err = api.Storage.CreateVolume(t.Context(), &godo.VolumeCreateRequest{Name: "restore-template-data", Region: "fra1", SizeGigaBytes: 1, Tags: tags})
	require.NoError(t, err)
	s, r = c.sweep(t, 0, "--zone", "core")
	assert.Equal(t, "orphan removed", s.of("droplet", "restore-template"), r.All())
	assert.Equal(t, "orphan removed", s.of("volume", "restore-template-data"))
	firewalls, _, err := api.Firewalls.List(t.Context(), nil)
	require.NoError(t, err)
	for _, f := range firewalls {
		assert.NotEqual(t, "odooops-restore-template", f.Name)
	}
	s, _ = c.sweep(t, 0, "--zone", "core")
	assert.Zero(t, s.Removed)

	t.Run("refusals", func(t *testing.T) { c.refusesRestores(t) })
}

// refusesRestores tries what must not be tried.
func (c cloud) refusesRestores(t *testing.T) {
	before := c.records(t)
	for _, wrong := range []struct {
		args string
		code int
		says string
	}{
		{"production --from production", 2, "odooops"},
		{"production --from staging --confirm production", 2, "takes its own backups only"},
		{"platform --from production", 2, "takes no data of production"},
		{"staging --from staging", 2, "has no backups"},
		{"staging --at yesterday", 2, "is no time"},
		{"staging --at 2099-01-01T00:00:00Z", 2, "in the future"},
		{"staging --repo 3", 2, "no repository 3"},
		{"staging --repo 1 --repo-at 2026-01-01T00:00:00Z", 2, "only repository 2"},
		{"staging --from-dump nowhere.zip", 1, ""},
		{"staging --confirm staging", 2, "for production alone"},
		{"nowhere", 2, "does not exist"},
		{"restore-staging", 2, "made, used and destroyed by that alone"},
		{"staging --from production", 1, "records only"},
		{"template --from production", 1, "records only"},
	} {
		r := c.Run(t, "bin/odooops", append([]string{"restore", "--json"}, strings.Fields(wrong.args)...)...)
		assert.Equal(t, wrong.code, r.Code, "%s: %s", wrong.args, r.All())
		assert.Contains(t, r.Stderr, wrong.says, wrong.args)
		var told map[string]string
		checkout.Decode(t, r.Stdout, &told)
		assert.NotEmpty(t, told["error"], wrong.args)
	}
	assert.Equal(t, before, c.records(t))
}
