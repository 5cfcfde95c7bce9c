package stacks_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks"
)

func TestTheZoneIsProtected(t *testing.T) {
	assert.True(t, declarePlatform(t).get(t, "Domain", "platform").RegisterRPC.GetProtect())
}

func TestOnlyAdministratorsReachTheBastionAndOnlyBySSH(t *testing.T) {
	rules := declarePlatform(t).get(t, "Firewall", "platform-bastion").Inputs["inboundRules"].Mappable()
	assert.Equal(t, []any{map[string]any{
		"protocol": "tcp", "portRange": "22", "sourceAddresses": []any{"198.51.100.0/24"},
	}}, rules)
}

func TestAMachineIsClosedBeforeItExists(t *testing.T) {
	c := declarePlatform(t)
	assert.Equal(t, c.get(t, "Firewall", "platform-bastion").Inputs["tags"].Mappable(), []any{"odooops:host:platform-bastion"})
	droplet := c.get(t, "Droplet", "platform-bastion")
	assert.Contains(t, droplet.Inputs["tags"].Mappable(), "odooops:host:platform-bastion")
	assert.Contains(t, droplet.RegisterRPC.GetDependencies(),
		"urn:pulumi:platform::odooops::odooops:host:Bastion$digitalocean:index/firewall:Firewall::platform-bastion")
}

func TestAWrongConfigDeclaresNothing(t *testing.T) {
	values := platformConfig(t)
	values["odooops:regoin"] = "fra1"
	c, err := declare(t, "platform", values, stacks.Options{})
	assert.ErrorContains(t, err, "odooops:regoin")
	for _, a := range c.declared {
		assert.Equal(t, "Stack", short(a.TypeToken))
	}
}

func TestEvidenceIsPrivateVersionedAndProtected(t *testing.T) {
	bucket := declarePlatform(t).get(t, "SpacesBucket", "platform-evidence")
	assert.True(t, bucket.RegisterRPC.GetProtect())
	assert.Equal(t, "private", bucket.Inputs["acl"].StringValue())
	assert.True(t, bucket.Inputs["versioning"].ObjectValue()["enabled"].BoolValue())
	assert.False(t, bucket.Inputs["forceDestroy"].BoolValue())
}

func TestTheHostThatWatchesCanBeLeftOut(t *testing.T) {
	c := declarePlatform(t)
	assert.Equal(t, "s-1vcpu-2gb", c.get(t, "Droplet", "platform-observability").Inputs["size"].StringValue())
	assert.True(t, c.declared["digitalocean:index/volume:Volume platform-observability"].RegisterRPC.GetProtect())

	values := platformConfig(t)
	values["odooops:observability"] = "false"
	c, err := declare(t, "platform", values, stacks.Options{})
	require.NoError(t, err)
	c.each("Droplet", func(a pulumi.MockResourceArgs) { assert.Equal(t, "platform-bastion", a.Name) })
}

func TestNothingOfGitHubIsDeclaredUnlessARepositoryIsNamed(t *testing.T) {
	for name, a := range declarePlatform(t).declared {
		assert.NotContains(t, a.TypeToken, "github", name)
	}
	values := platformConfig(t)
	values["odooops:githubRepository"], values["odooops:githubReviewers"] = "octo/erp", `["octocat"]`
	values["odooops:githubSecrets"] = `{"previews":{"ODOOOPS_PASSPHRASE":"hunter2-hunter2"}}`
	c, err := declare(t, "platform", values, stacks.Options{})
	require.NoError(t, err)
	secrets := 0
	c.each("ActionsEnvironmentSecret", func(a pulumi.MockResourceArgs) {
		secrets++
		for field, value := range a.RegisterRPC.GetObject().GetFields() {
			if !strings.Contains(value.String(), resource.SecretSig) {
				assert.NotContains(t, value.String(), "hunter2", field)
			}
		}
	})
	assert.Equal(t, 1, secrets)
	assert.NotContains(t, c.declared, "github:index/repository:Repository platform", "nobody asked to adopt it")
}

func TestSecretScanningAdoptsTheRepositoryWhenAskedFor(t *testing.T) {
	values := platformConfig(t)
	values["odooops:githubRepository"], values["odooops:githubReviewers"] = "octo/erp", `["octocat"]`
	values["odooops:githubSecretScanning"] = "true"
	c, err := declare(t, "platform", values, stacks.Options{})
	require.NoError(t, err)
	// By its whole type: our own component is a Repository too.
	adopted, ok := c.declared["github:index/repository:Repository platform"]
	require.True(t, ok)
	assert.Equal(t, "erp", adopted.RegisterRPC.GetImportId())
}
