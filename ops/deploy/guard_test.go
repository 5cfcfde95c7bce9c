package deploy

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/odooops/odooops/ops/workspace"
)

func plan(s ...workspace.Step) workspace.Plan { return workspace.Plan{Steps: s} }

func TestAnUpThatReplacesAProductionMachineNamesHostReplace(t *testing.T) {
	err := guard("production", "production", plan(workspace.Step{Type: droplet, Name: "host", Op: "replace", Protected: true, Why: []string{"image"}}), nil)
	assert.ErrorContains(t, err, "odooops host replace production")
	assert.ErrorContains(t, err, "replace Droplet host (image)")
}

func TestAnUpThatDeletesWhatIsProtectedIsRefused(t *testing.T) {
	err := guard("platform", "platform", plan(workspace.Step{Type: "digitalocean:index/volume:Volume", Name: "data", Op: "delete", Protected: true}), nil)
	assert.ErrorContains(t, err, "delete Volume data")
}

func TestAMachineOfAnotherKindMayBeReplaced(t *testing.T) {
	assert.NoError(t, guard("platform", "platform", plan(workspace.Step{Type: droplet, Name: "bastion", Op: "replace"}), nil))
	assert.NoError(t, guard("production", "production", plan(workspace.Step{Type: droplet, Name: "host", Op: "update", Protected: true}), nil))
}

func TestTheEnginesOwnRefusalNamesHostReplaceToo(t *testing.T) {
	err := explain("production", "production", errors.New(
		`unable to replace resource "urn:pulumi:production::odooops::odooops:host:Host$digitalocean:index/droplet:Droplet::production" as it is currently marked for protection`))
	assert.ErrorContains(t, err, "odooops host replace production")
	err = explain("production", "production", errors.New(`unknown stack "organization/odooops/nowhere"`))
	assert.ErrorContains(t, err, "odooops up nowhere")
	other := errors.New("something else")
	assert.Equal(t, other, explain("production", "production", other))
}

func TestNothingOfProductionInTheCloudGoesWithoutBeingNamed(t *testing.T) {
	record := workspace.Step{Type: "digitalocean:index/dnsRecord:DnsRecord", Name: "production-mail-mx-1", Op: "replace", Why: []string{"type"}}
	key := workspace.Step{Type: "aws:iam/accessKey:AccessKey", Name: "production-offsite", Op: "delete"}
	err := guard("production", "production", plan(record, key), []string{"AccessKey:production-offsite", "DnsRecord:other"})
	assert.ErrorContains(t, err, "replace DnsRecord production-mail-mx-1 (type)")
	assert.ErrorContains(t, err, "odooops up production --allow-replace DnsRecord:production-mail-mx-1")
	assert.NotContains(t, err.Error(), "AccessKey")
	assert.NoError(t, guard("production", "production", plan(record, key), []string{"DnsRecord:production-mail-mx-1", "AccessKey:production-offsite"}))
	assert.NoError(t, guard("staging", "staging", plan(record), nil))
}

func TestADeployMayReplaceContainers(t *testing.T) {
	for _, typ := range []string{"docker:index/container:Container", "docker:index/network:Network", "odooops:app:Odoo", "pulumi:providers:docker"} {
		assert.NoError(t, guard("production", "production", plan(workspace.Step{Type: typ, Name: "x", Op: "delete"}), nil), typ)
	}
}

func TestWhatIsProtectedGoesByNoFlag(t *testing.T) {
	volume := workspace.Step{Type: "digitalocean:index/volume:Volume", Name: "production", Op: "delete", Protected: true}
	assert.ErrorContains(t, guard("production", "production", plan(volume), []string{"Volume:production"}), "what is protected")
}
