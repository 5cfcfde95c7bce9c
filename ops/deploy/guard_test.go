package deploy

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/odooops/odooops/ops/workspace"
)

func plan(s ...workspace.Step) workspace.Plan { return workspace.Plan{Steps: s} }

func TestAnUpThatReplacesAProductionMachineNamesHostReplace(t *testing.T) {
	err := guard("production", "production", plan(workspace.Step{Type: droplet, Name: "host", Op: "replace", Protected: true, Why: []string{"image"}}))
	assert.ErrorContains(t, err, "odooops host replace production")
	assert.ErrorContains(t, err, "replace Droplet host (image)")
}

func TestAnUpThatDeletesWhatIsProtectedIsRefused(t *testing.T) {
	err := guard("platform", "platform", plan(workspace.Step{Type: "digitalocean:index/volume:Volume", Name: "data", Op: "delete", Protected: true}))
	assert.ErrorContains(t, err, "delete Volume data")
}

func TestAMachineOfAnotherKindMayBeReplaced(t *testing.T) {
	assert.NoError(t, guard("platform", "platform", plan(workspace.Step{Type: droplet, Name: "bastion", Op: "replace"})))
	assert.NoError(t, guard("production", "production", plan(workspace.Step{Type: droplet, Name: "host", Op: "update", Protected: true})))
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
