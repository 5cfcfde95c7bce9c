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
		Why:   `What listens on another port was not made to be attacked all day: a database, a dashboard, Docker's API. Who needs one of them comes through the bastion. (For port 22, see ssh-private.)`,
		Bad: `digitalocean.FirewallInboundRuleArgs{
	Protocol: pulumi.String("tcp"), PortRange: pulumi.String("8069"), SourceAddresses: everybody,
}`,
		Good: `digitalocean.FirewallInboundRuleArgs{
	Protocol: pulumi.String("tcp"), PortRange: pulumi.String("443"), SourceAddresses: everybody,
}`,
		Types: []string{firewall},
		Check: func(r *policy.Resource) {
			rules, _ := r.Get("inboundRules").List()
			for _, rule := range rules {
				from, _ := rule.At("sourceAddresses").Strings()
				if !anyPublic(from) {
					continue
				}
				// 22 alone is what ssh-private says, 25 what smtp-refused does.
				if ports, ok := rulePorts(rule); ok && ports != "" && ports != "80" && ports != "443" && ports != "22" && ports != "25" {
					r.Deny("%s opens port %s to everybody; name the addresses that may, or a tag", rule.Path(), ports)
				}
			}
		},
	}
}

// rulePorts are those of a firewall's rule, as "443" or "8000-9000"; all is
// "1-65535", and empty is a protocol without ports.
func rulePorts(rule policy.Value) (string, bool) {
	protocol, ok := rule.At("protocol").Text()
	if !ok {
		return "", false
	}
	if protocol == "icmp" {
		return "", true
	}
	ports, ok := rule.At("portRange").Text()
	if ports = strings.TrimSpace(ports); ok && (ports == "" || ports == "0" || ports == "all") {
		ports = "1-65535"
	}
	return ports, ok
}

// covers says whether a range of ports, such as 20-25, has the port in it.
func covers(ports string, port int) bool {
	if ports == "" {
		return false
	}
	low, high, isRange := strings.Cut(ports, "-")
	if !isRange {
		high = low
	}
	from, errFrom := strconv.Atoi(low)
	to, errTo := strconv.Atoi(high)
	// What can't be read may be anything.
	return errFrom != nil || errTo != nil || from <= port && port <= to
}

// anyPublic says whether one of the addresses is more of the internet than an
// organisation has.
func anyPublic(addresses []string) bool {
	for _, a := range addresses {
		p, err := netip.ParsePrefix(a)
		if err != nil || p.Addr().IsPrivate() && p.Bits() >= 7 {
			continue // one address, or nobody of the internet
		}
		if p.Addr().Is4() && p.Bits() < 16 || p.Addr().Is6() && p.Bits() < 32 {
			return true
		}
	}
	return false
}
