package badprograms

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// portsPublic shows Odoo to everybody without the edge before it.
func portsPublic() Program {
	return Program{Policy: "ports-public", Run: func(ctx *pulumi.Context, late Late) error {
		return inbound(ctx, digitalocean.FirewallInboundRuleArgs{
			Protocol: pulumi.String("tcp"), PortRange: late.Text("8069"), SourceAddresses: everybody,
		})
	}}
}
