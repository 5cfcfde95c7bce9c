package policies

import "github.com/odooops/odooops/policypacks/odooops/policy"

// sshPrivate keeps SSH off the internet.
func sshPrivate() policy.Policy {
	return policy.Policy{
		Name: "ssh-private", Severity: policy.Mandatory,
		Holds: "SSH is open to named addresses and tags only.",
		Why:   `A public port 22 is tried thousands of times a day, and one leaked key is then enough. Hosts let the bastion in, by its tag, and the bastion lets in the addresses of the team (config adminCidrs).`,
		Bad: `digitalocean.FirewallInboundRuleArgs{
	Protocol: pulumi.String("tcp"), PortRange: pulumi.String("22"), SourceAddresses: everybody,
}`,
		Good: `digitalocean.FirewallInboundRuleArgs{
	Protocol: pulumi.String("tcp"), PortRange: pulumi.String("22"), SourceTags: pulumi.StringArray{bastion.Tag},
}`,
		Types: []string{firewall},
		Check: func(r *policy.Resource) {
			rules, _ := r.Get("inboundRules").List()
			for _, rule := range rules {
				ports, ok := rulePorts(rule)
				if !ok || !covers(ports, 22) {
					continue
				}
				if from, _ := rule.At("sourceAddresses").Strings(); anyPublic(from) {
					r.Deny("%s opens SSH to everybody; name the bastion's tag, or the team's addresses", rule.Path())
				}
			}
		},
	}
}
