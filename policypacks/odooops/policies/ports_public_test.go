package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

var everybody = []string{"0.0.0.0/0", "::/0"}

// aFirewall lets one rule in.
func aFirewall(ports, from any) policytest.Resource {
	return policytest.Resource{Type: firewall, Name: "firewall", Props: policytest.Props{
		"inboundRules": []any{policytest.Props{"protocol": "tcp", "portRange": ports, "sourceAddresses": from}},
	}}
}

func TestWebPagesMayBePublic(t *testing.T) {
	policytest.Case{}.Allows(t, portsPublic(), aFirewall("80", everybody))
	policytest.Case{}.Allows(t, portsPublic(), aFirewall("443", everybody))
	policytest.Case{}.Allows(t, portsPublic(), aFirewall("5432", []string{"10.20.0.0/20"}))
}

func TestAnyOtherPublicPortIsRefused(t *testing.T) {
	policytest.Case{}.Denies(t, portsPublic(), "8069", aFirewall("8069", everybody))
	policytest.Case{}.Denies(t, portsPublic(), "80-9000", aFirewall("80-9000", []string{"::/0"}))
	policytest.Case{}.Denies(t, portsPublic(), "1-65535", aFirewall(nil, []string{"0.0.0.0/1", "128.0.0.0/1"}))
}

func TestAPublicPortIsRefusedThoughAnotherAddressIsNotKnownYet(t *testing.T) {
	policytest.Case{}.Denies(t, portsPublic(), "8069", aFirewall("8069", []any{policytest.Unknown, "::/0"}))
}

func TestARuleThatIsNotKnownYetIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, portsPublic(), "inboundRules[0].portRange", aFirewall(policytest.Unknown, everybody))
	policytest.Case{}.Waits(t, portsPublic(), "inboundRules[0].sourceAddresses", aFirewall("8069", policytest.Unknown))
	policytest.Case{}.Waits(t, portsPublic(), "inboundRules", policytest.Resource{
		Type: firewall, Name: "firewall", Props: policytest.Props{"inboundRules": policytest.Unknown},
	})
}
