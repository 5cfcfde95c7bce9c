package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func aNetwork(name any, internal any) policytest.Resource {
	return policytest.Resource{Type: dockerNetwork, Name: "network", Props: policytest.Props{"name": name, "internal": internal}}
}

func onNetworks(who string, names ...any) policytest.Resource {
	networks := []any{}
	for _, n := range names {
		networks = append(networks, policytest.Props{"name": n})
	}
	return aContainer(policytest.Props{"name": who, "networksAdvanced": networks})
}

func TestAListedWayOutIsAllowed(t *testing.T) {
	rehearsal.Allows(t, egressListed(), aNetwork("staging-web", true), aNetwork("staging-front", false))
	rehearsal.Allows(t, egressListed(), onNetworks("staging-edge", "staging-front", "staging-web"), onNetworks("staging-odoo", "staging-web", "staging-data"))
	rehearsal.Allows(t, egressListed(), aWayOut("443", everybody), aWayOut("22", []string{"10.20.0.0/20"}))
	rehearsal.Allows(t, egressListed(), aContainer(policytest.Props{"name": "staging-seed", "networkMode": "none"}))
	policytest.Case{}.Allows(t, egressListed(), aNetwork("production-web", false), onNetworks("production-odoo", "production-web"), aWayOut("2525", everybody))
}

func TestAWayOutThatIsNotListedIsRefused(t *testing.T) {
	rehearsal.Denies(t, egressListed(), "staging-web", aNetwork("staging-web", nil))
	rehearsal.Denies(t, egressListed(), "staging-front", onNetworks("staging-odoo", "staging-front"))
	rehearsal.Denies(t, egressListed(), "default network", aContainer(policytest.Props{"name": "staging-odoo"}))
	rehearsal.Denies(t, egressListed(), "2525", aWayOut("2525", everybody))
	proxy := onNetworks("staging-egress", "staging-front")
	proxy.Props["uploads"] = anUpload("/run/odooops/egress-allow", "api.example.com\n*.example.org\n")["uploads"]
	rehearsal.Denies(t, egressListed(), "*.example.org", proxy)
	policytest.Case{Stack: "preview-pr-7"}.Denies(t, egressListed(), "way out", aNetwork("preview-pr-7-net", false))
}

func TestANetworkThatIsStillToBeMadeIsKnownByWhatDependsOnIt(t *testing.T) {
	odoo := onNetworks("staging-odoo", policytest.Unknown)
	odoo.Dependencies = map[string][]string{"networksAdvanced": {dockerNetwork + "::staging-web"}}
	rehearsal.Allows(t, egressListed(), odoo)
	odoo.Dependencies = map[string][]string{"networksAdvanced": {dockerNetwork + "::staging-front"}}
	rehearsal.Denies(t, egressListed(), "staging-front", odoo)
}

func TestAWayOutThatIsNotKnownYetIsWaitedFor(t *testing.T) {
	rehearsal.Waits(t, egressListed(), "internal", aNetwork("staging-web", policytest.Unknown))
	rehearsal.Waits(t, egressListed(), "networksAdvanced", onNetworks("staging-odoo", policytest.Unknown))
	rehearsal.Waits(t, egressListed(), "outboundRules[0].portRange", aWayOut(policytest.Unknown, everybody))
}
