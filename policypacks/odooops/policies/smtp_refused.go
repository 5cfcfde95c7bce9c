package policies

import (
	"regexp"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// smtpRefused keeps port 25 closed, in and out.
func smtpRefused() policy.Policy {
	return policy.Policy{
		Name: "smtp-refused", Severity: policy.Mandatory,
		Holds: "Nothing uses port 25.",
		Why: `DigitalOcean blocks it, and an address that spams is on the block lists of half the world within the hour. Production hands its mail to a relay, on 2525 with STARTTLS.
A host that listens on 25 is a relay for whoever finds it.`,
		Bad:   `digitalocean.FirewallOutboundRuleArgs{Protocol: pulumi.String("tcp"), PortRange: pulumi.String("25"), DestinationAddresses: everybody}`,
		Good:  `digitalocean.FirewallOutboundRuleArgs{Protocol: pulumi.String("tcp"), PortRange: pulumi.String("2525"), DestinationAddresses: everybody}`,
		Types: []string{container, firewall},
		Check: func(r *policy.Resource) {
			if r.Type == firewall {
				for _, direction := range []string{"inboundRules", "outboundRules"} {
					rules, _ := r.Get(direction).List()
					for _, rule := range rules {
						if ports, ok := rulePorts(rule); ok && covers(ports, 25) {
							r.Deny("%s lets port 25 through with %s; leave it out", rule.Path(), ports)
						}
					}
				}
				return
			}
			smtpContainer(r)
		},
	}
}

// plainSMTP is a relay on port 25 in a config file.
var plainSMTP = regexp.MustCompile(`(?im)^\s*(smtp_port\s*=\s*25|smtp_\w*\s*[:=]\s*['"]?[^\s'"]*:25['"]?)\s*$`)

func smtpContainer(r *policy.Resource) {
	published, _ := r.Get("ports").List()
	for _, p := range published {
		for _, side := range []string{"external", "internal"} {
			if n, ok := p.At(side).Number(); ok && n == 25 {
				r.Deny("publishes port 25; leave it out")
				break
			}
		}
	}
	for _, name := range []string{"odoo.conf", "alertmanager.yml", "grafana.ini"} {
		for _, f := range uploads(r, name) {
			if text, ok := content(f); ok && plainSMTP.MatchString(text) {
				r.Deny("%s sends mail by port 25; use the relay's port 2525 with STARTTLS", name)
			}
		}
	}
}
