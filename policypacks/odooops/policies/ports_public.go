package policies

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// portsPublic keeps everything but web pages off the internet.
func portsPublic() policy.Policy {
	return policy.Policy{
		Name: "ports-public", Severity: policy.Mandatory,
		Holds: "Of all ports, only 80 and 443 are open to everybody.",
		Why:   `What listens on another port was not made to be attacked all day: a database, a dashboard, Docker's API. Who needs one of them comes through the bastion.`,
		Bad: `digitalocean.FirewallInboundRuleArgs{
	Protocol: pulumi.String("tcp"), PortRange: pulumi.String("8069"),
	SourceAddresses: pulumi.ToStringArray([]string{"0.0.0.0/0", "::/0"}),
}`,
		Good: `digitalocean.FirewallInboundRuleArgs{
	Protocol: pulumi.String("tcp"), PortRange: pulumi.String("443"),
	SourceAddresses: pulumi.ToStringArray([]string{"0.0.0.0/0", "::/0"}),
}`,
		Types: []string{firewall},
		Check: func(r *policy.Resource) {
			rules, _ := r.Get("inboundRules").List()
			for _, rule := range rules {
				from, _ := rule.At("sourceAddresses").Strings()
				if !anyPublic(from) {
					continue
				}
				if ports, ok := inboundPorts(rule); ok && ports != "80" && ports != "443" && !isSSH(ports) {
					r.Deny("%s opens port %s to everybody; name the addresses that may, or a tag", rule.Path(), ports)
				}
			}
		},
	}
}

// inboundPorts are a rule's, as "443" or "8000-9000"; all is "1-65535".
func inboundPorts(rule policy.Value) (string, bool) {
	protocol, ok := rule.At("protocol").Text()
	if !ok {
		return "", false
	}
	if protocol == "icmp" {
		return "443", true // answers to ping are no service
	}
	ports, ok := rule.At("portRange").Text()
	if ports == "" || ports == "0" || ports == "all" {
		ports = "1-65535"
	}
	return ports, ok
}

// covers says whether a range of ports, such as 20-25, has the port in it.
func covers(ports string, port int) bool {
	low, high, isRange := strings.Cut(ports, "-")
	if !isRange {
		high = low
	}
	from, errFrom := strconv.Atoi(low)
	to, errTo := strconv.Atoi(high)
	// What can't be read may be anything.
	return errFrom != nil || errTo != nil || from <= port && port <= to
}

// isSSH leaves what ssh-private says to that policy.
func isSSH(ports string) bool { return ports == "22" }

// anyPublic says whether one of the addresses is more than an organisation has.
func anyPublic(addresses []string) bool {
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a); err == nil && (p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16) {
			return true
		}
	}
	return false
}
