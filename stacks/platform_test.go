package stacks_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

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
