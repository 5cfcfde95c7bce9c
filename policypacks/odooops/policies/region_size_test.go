package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func machine(region, slug any) policytest.Resource {
	return policytest.Resource{Type: droplet, Name: "production", Props: policytest.Props{"region": region, "size": slug}}
}

func TestOnlyAllowedRegionsAndSizesAreUsed(t *testing.T) {
	c := policytest.Case{}
	c.Allows(t, regionSize(), machine("fra1", "s-2vcpu-4gb"))
	c.Denies(t, regionSize(), `region "nyc1"`, machine("nyc1", "s-2vcpu-4gb"))
	c.Denies(t, regionSize(), `region ""`, machine(nil, "s-2vcpu-4gb"))
	c.Denies(t, regionSize(), `size "gpu-h100x8-640gb"`, machine("fra1", "gpu-h100x8-640gb"))
	c.Denies(t, regionSize(), `region "mars1"`, policytest.Resource{Type: bucket, Name: "b", Props: policytest.Props{"region": "mars1"}})
}

func TestRegionsAndSizesCanBeNarrowed(t *testing.T) {
	c := policytest.Case{Config: map[string]any{"regions": []any{"ams3"}, "sizes": []any{"s-1vcpu-1gb"}}}
	c.Denies(t, regionSize(), `region "fra1"`, machine("fra1", "s-1vcpu-1gb"))
	c.Denies(t, regionSize(), `size "s-2vcpu-4gb"`, machine("ams3", "s-2vcpu-4gb"))
	c.Allows(t, regionSize(), machine("ams3", "s-1vcpu-1gb"))
}

func TestARegionOrSizeThatNobodyKnowsYetIsWaitedFor(t *testing.T) {
	c := policytest.Case{}
	c.Waits(t, regionSize(), "region", machine(policytest.Unknown, "s-2vcpu-4gb"))
	c.Waits(t, regionSize(), "size", machine("fra1", policytest.Unknown))
}
