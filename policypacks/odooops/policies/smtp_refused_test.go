package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func aWayOut(ports, to any) policytest.Resource {
	return policytest.Resource{Type: firewall, Name: "firewall", Props: policytest.Props{
		"outboundRules": []any{policytest.Props{"protocol": "tcp", "portRange": ports, "destinationAddresses": to}},
	}}
}

func TestAnotherPortThan25IsAllowed(t *testing.T) {
	policytest.Case{}.Allows(t, smtpRefused(), aWayOut("2525", everybody))
	policytest.Case{}.Allows(t, smtpRefused(), anOdoo("[options]\nsmtp_port = 2525\n"))
	policytest.Case{}.Allows(t, smtpRefused(), policytest.Resource{Type: firewall, Name: "ping", Props: policytest.Props{
		"outboundRules": []any{policytest.Props{"protocol": "icmp", "destinationAddresses": everybody}},
	}})
}

func TestPort25IsRefused(t *testing.T) {
	policytest.Case{}.Denies(t, smtpRefused(), "25", aWayOut("25", everybody))
	policytest.Case{}.Denies(t, smtpRefused(), "1-65535", aWayOut("all", []string{"10.0.0.0/8"}))
	policytest.Case{}.Denies(t, smtpRefused(), "20-30", aFirewall("20-30", []string{"203.0.113.7/32"}))
	policytest.Case{}.Denies(t, smtpRefused(), "25", anOdoo(policytest.Secret("[options]\nsmtp_port = 25\n")))
	policytest.Case{}.Denies(t, smtpRefused(), "25", aContainer(anUpload("/etc/alertmanager/alertmanager.yml", "global:\n  smtp_smarthost: 'mail.example.com:25'\n")))
	policytest.Case{}.Denies(t, smtpRefused(), "publishes", aContainer(policytest.Props{"ports": []any{policytest.Props{"internal": 25, "external": 25}}}))
}

func TestAPortThatMayBe25IsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, smtpRefused(), "outboundRules[0].portRange", aWayOut(policytest.Unknown, everybody))
	policytest.Case{}.Waits(t, smtpRefused(), "uploads[0].content", anOdoo(policytest.Unknown))
}
