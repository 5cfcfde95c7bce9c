package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func TestSSHForTheTeamIsAllowed(t *testing.T) {
	policytest.Case{}.Allows(t, sshPrivate(), aFirewall("22", []string{"203.0.113.7/32", "10.0.0.0/8"}))
	policytest.Case{}.Allows(t, sshPrivate(), aFirewall("22", nil)) // tags
	policytest.Case{}.Allows(t, sshPrivate(), aFirewall("443", everybody))
}

func TestPublicSSHIsRefused(t *testing.T) {
	policytest.Case{}.Denies(t, sshPrivate(), "SSH", aFirewall("22", everybody))
	policytest.Case{}.Denies(t, sshPrivate(), "SSH", aFirewall("20-30", []string{"::/0"}))
	policytest.Case{}.Denies(t, sshPrivate(), "SSH", aFirewall("22", []string{"0.0.0.0/1", "128.0.0.0/1"}))
}

func TestSSHForWhomIsNotKnownYetIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, sshPrivate(), "inboundRules[0].sourceAddresses", aFirewall("22", policytest.Unknown))
	policytest.Case{}.Denies(t, sshPrivate(), "SSH", aFirewall("22", []any{policytest.Unknown, "0.0.0.0/0"}))
}
