package host

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Inbound lets somebody in on a TCP port.
type Inbound struct {
	Port string
	// From are prefixes, or FromTag a tag of droplets.
	From    []string
	FromTag string
}

// Outbound lets the machine out.
type Outbound struct {
	Protocol string
	Port     string // empty for icmp
	To       []string
}

// Everybody is every address.
var Everybody = []string{"0.0.0.0/0", "::/0"}

// Basics is what every machine needs: names, time, packages. Mail ports are
// not among them, 25 least of all.
func Basics() []Outbound {
	return []Outbound{
		{Protocol: "icmp", To: Everybody},
		{Protocol: "tcp", Port: "443", To: Everybody},
		{Protocol: "tcp", Port: "53", To: Everybody},
		{Protocol: "tcp", Port: "80", To: Everybody},
		{Protocol: "udp", Port: "123", To: Everybody},
		{Protocol: "udp", Port: "53", To: Everybody},
	}
}

func newFirewall(ctx *pulumi.Context, name string, m Machine, tag pulumi.StringOutput, opts ...pulumi.ResourceOption) (*digitalocean.Firewall, error) {
	var in digitalocean.FirewallInboundRuleArray
	for _, r := range m.Inbound {
		rule := digitalocean.FirewallInboundRuleArgs{Protocol: pulumi.String("tcp"), PortRange: pulumi.String(r.Port)}
		if r.FromTag != "" {
			rule.SourceTags = pulumi.StringArray{pulumi.String(r.FromTag)}
		} else {
			rule.SourceAddresses = pulumi.ToStringArray(r.From)
		}
		in = append(in, rule)
	}
	var out digitalocean.FirewallOutboundRuleArray
	for _, r := range m.Outbound {
		rule := digitalocean.FirewallOutboundRuleArgs{
			Protocol: pulumi.String(r.Protocol), DestinationAddresses: pulumi.ToStringArray(r.To),
		}
		if r.Port != "" {
			rule.PortRange = pulumi.String(r.Port)
		}
		out = append(out, rule)
	}
	return digitalocean.NewFirewall(ctx, name, &digitalocean.FirewallArgs{
		Name:          pulumi.String("odooops-" + m.Name),
		Tags:          pulumi.StringArray{tag},
		InboundRules:  in,
		OutboundRules: out,
	}, opts...)
}
