package price_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/price"
	"github.com/odooops/odooops/components/size"
)

func droplet(inputs map[string]any) price.Resource {
	return price.Resource{Type: "digitalocean:index/droplet:Droplet", Name: "production", Inputs: inputs}
}

func one(t *testing.T, r ...price.Resource) price.Part {
	t.Helper()
	parts := price.Of(r)
	require.Len(t, parts, 1)
	return parts[0]
}

func TestEverySizeThatAStackMayHaveHasAPrice(t *testing.T) {
	for _, slug := range size.Slugs() {
		p := one(t, droplet(map[string]any{"size": slug}))
		assert.Positive(t, p.Dollars, slug)
		assert.Empty(t, p.Unknown, slug)
	}
}

func TestBackupsAreAShareOfTheDroplet(t *testing.T) {
	assert.InDelta(t, 24, one(t, droplet(map[string]any{"size": "s-2vcpu-4gb"})).Dollars, 0.001)
	assert.InDelta(t, 28.8, one(t, droplet(map[string]any{"size": "s-2vcpu-4gb", "backups": true})).Dollars, 0.001)
	assert.InDelta(t, 31.2, one(t, droplet(map[string]any{
		"size": "s-2vcpu-4gb", "backups": true, "backupPolicy": map[string]any{"plan": "daily"},
	})).Dollars, 0.001)
}

func TestWhatHasNoPriceIsNamedAndIsNotFree(t *testing.T) {
	for _, r := range []price.Resource{
		droplet(map[string]any{"size": "gpu-h100x8-640gb"}),
		droplet(nil),
		{Type: "digitalocean:index/volume:Volume", Name: "v"},
		{Type: "digitalocean:index/loadBalancer:LoadBalancer", Name: "lb"},
		{Type: "cloudflare:index/zone:Zone", Name: "z"},
	} {
		sum, unknown := price.Sum(price.Of([]price.Resource{r}))
		require.Len(t, unknown, 1, r.Type)
		assert.Equal(t, r.Name, unknown[0].Name)
		assert.NotEmpty(t, unknown[0].Unknown)
		assert.Zero(t, sum)
	}
}

func TestAnAddressCostsOnlyWhileNoDropletHasIt(t *testing.T) {
	ip := price.Resource{Type: "digitalocean:index/reservedIp:ReservedIp", Name: "ip"}
	assigned := price.Resource{Type: "digitalocean:index/reservedIpAssignment:ReservedIpAssignment", Name: "ip"}
	assert.InDelta(t, 5, one(t, ip).Dollars, 0.001)
	assert.Empty(t, price.Of([]price.Resource{ip, assigned}))
	assert.Len(t, price.Of([]price.Resource{ip, ip, assigned}), 1)
}

func TestSpacesIsPaidOnceWhateverTheNumberOfBuckets(t *testing.T) {
	bucket := price.Resource{Type: "digitalocean:index/spacesBucket:SpacesBucket"}
	sum, unknown := price.Sum(price.Of([]price.Resource{bucket, bucket}))
	assert.Empty(t, unknown)
	assert.InDelta(t, 5, sum, 0.001)
}

func TestWhatRunsOnAMachineCostsNothingMore(t *testing.T) {
	assert.Empty(t, price.Of([]price.Resource{
		{Type: "docker:index/container:Container"}, {Type: "odooops:app:Odoo"}, {Type: "pulumi:pulumi:Stack"},
		{Type: "digitalocean:index/firewall:Firewall"},
	}))
}
