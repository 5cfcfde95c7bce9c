package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func disk(gib any) policytest.Resource {
	return policytest.Resource{Type: volume, Name: "data", Props: policytest.Props{"size": gib}, Protected: true}
}

func TestAStackMayCostWhatItsKindMay(t *testing.T) {
	dear, cheap := machine("fra1", "s-8vcpu-16gb"), machine("fra1", "s-1vcpu-2gb")
	production, staging := policytest.Case{}, policytest.Case{Stack: "staging", Kind: "staging"}
	production.Allows(t, costCeiling(), dear, disk(200))
	production.Denies(t, costCeiling(), "296.00 $ a month", dear, disk(2000))
	staging.Allows(t, costCeiling(), cheap, disk(20))
	staging.Denies(t, costCeiling(), "it alone would cost 96.00", dear)
	staging.Denies(t, costCeiling(), "Volume data (500 GiB) 50.00", cheap, disk(500))
}

func TestTheCeilingIsConfig(t *testing.T) {
	c := policytest.Case{Config: map[string]any{"production": 20.0}}
	c.Denies(t, costCeiling(), "may cost 20.00", machine("fra1", "s-2vcpu-4gb"))
	c.Config["production"] = 24.0
	c.Allows(t, costCeiling(), machine("fra1", "s-2vcpu-4gb"))
}

func TestASizeThatNobodyKnowsYetHasNoPrice(t *testing.T) {
	policytest.Case{}.Waits(t, costCeiling(), "size", machine("fra1", policytest.Unknown))
	policytest.Case{}.Waits(t, costCeiling(), "size", disk(policytest.Unknown))
}

func TestWhatThePackHasNeverSeenPasses(t *testing.T) {
	policytest.Case{}.Allows(t, costCeiling(), policytest.Resource{Type: "acme:index/thing:Thing", Name: "t", Props: policytest.Props{"size": policytest.Unknown}})
}
