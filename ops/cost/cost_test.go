package cost_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/price"
	"github.com/odooops/odooops/ops/cost"
	"github.com/odooops/odooops/ops/workspace"
)

const (
	dropletType = "digitalocean:index/droplet:Droplet"
	volumeType  = "digitalocean:index/volume:Volume"
	bucketType  = "digitalocean:index/spacesBucket:SpacesBucket"
)

func droplet(size string) price.Resource {
	return price.Resource{Type: dropletType, Name: "production", Inputs: map[string]any{"size": size}}
}

func volume(gib float64) price.Resource {
	return price.Resource{Type: volumeType, Name: "production", Inputs: map[string]any{"size": gib}}
}

func bucket(name string) price.Resource { return price.Resource{Type: bucketType, Name: name} }

func TestSpacesIsOfTheAccountAndNotOfEachStack(t *testing.T) {
	a := cost.Of("platform", "platform", []price.Resource{bucket("evidence")})
	b := cost.Of("production", "production", []price.Resource{bucket("wal"), bucket("files"), droplet("s-2vcpu-4gb")})
	e := cost.Sum([]cost.Stack{a, b})
	assert.InDelta(t, 24, b.Dollars, 0.001)
	require.Len(t, e.Account, 1)
	assert.InDelta(t, 29, e.Dollars, 0.001)
	assert.Len(t, e.Use, 1)
}

func TestWhatTheTableDoesNotKnowIsNamedWithItsStack(t *testing.T) {
	e := cost.Sum([]cost.Stack{cost.Of("production", "production", []price.Resource{droplet("x-9"), volume(20)})})
	require.Len(t, e.Unknown, 1)
	assert.Contains(t, e.Unknown[0], "production: production")
	assert.Contains(t, e.Unknown[0], "x-9")
	assert.InDelta(t, 2, e.Dollars, 0.001)
}

func TestOnlyWhatIsThereInTheCloudIsCounted(t *testing.T) {
	in := map[string]any{"size": "s-1vcpu-1gb"}
	urn := resource.URN("urn:pulumi:production::odooops::" + dropletType + "::production")
	got := cost.Resources(workspace.State{Resources: []apitype.ResourceV3{
		{URN: urn, Type: dropletType, Custom: true, Inputs: in},
		{URN: urn, Type: dropletType, Custom: true, Inputs: in, Delete: true},
		{URN: urn, Type: dropletType, Custom: true, Inputs: in, External: true},
		{URN: urn, Type: "odooops:host:Host"},
	}})
	require.Len(t, got, 1)
	assert.Equal(t, price.Resource{Type: dropletType, Name: "production", Inputs: in}, got[0])
}

func TestADifferenceNamesWhatChangesAndByHowMuch(t *testing.T) {
	d := cost.Differ(
		[]price.Resource{droplet("s-2vcpu-4gb"), volume(20), bucket("wal")},
		[]price.Resource{droplet("s-4vcpu-8gb"), volume(20), bucket("wal"), bucket("files")},
	)
	assert.InDelta(t, 26, d.Before, 0.001)
	assert.InDelta(t, 50, d.After, 0.001)
	require.Len(t, d.Changes, 2)
	assert.Equal(t, cost.Change{
		Type: dropletType, Name: "production", Before: "s-2vcpu-4gb", After: "s-4vcpu-8gb", Dollars: 24,
	}, d.Changes[0])
	assert.True(t, d.Changes[1].Account, "not a price of this stack's own")
}

func TestADifferenceSaysWhatGoesAndWhatNobodyKnowsThePriceOf(t *testing.T) {
	d := cost.Differ([]price.Resource{volume(20)}, []price.Resource{droplet("x-9")})
	require.Len(t, d.Changes, 2)
	assert.Contains(t, d.Changes[0].Unknown, "x-9")
	assert.Equal(t, cost.Change{Type: volumeType, Name: "production", Before: "20 GiB", Dollars: -2}, d.Changes[1])
	assert.Empty(t, cost.Differ([]price.Resource{volume(20)}, []price.Resource{volume(20)}).Changes)
}

func TestAPlansDifferenceIsOfItsResources(t *testing.T) {
	urn := "urn:pulumi:production::odooops::odooops:host:Host$" + dropletType + "::production"
	d := cost.OfPlan(workspace.Plan{
		Before: workspace.Inputs{urn: {"size": "s-2vcpu-4gb"}}, After: workspace.Inputs{urn: {"size": "s-4vcpu-8gb"}},
	})
	assert.Equal(t, []cost.Change{{
		Type: dropletType, Name: "production", Before: "s-2vcpu-4gb", After: "s-4vcpu-8gb", Dollars: 24,
	}}, d.Changes)
}
