package badprograms

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// smtpRefused lets production send mail by itself.
func smtpRefused() Program {
	return Program{Policy: "smtp-refused", Run: func(ctx *pulumi.Context, late Late) error {
		_, err := digitalocean.NewFirewall(ctx, "firewall", &digitalocean.FirewallArgs{
			Name: pulumi.String(ctx.Stack()),
			OutboundRules: digitalocean.FirewallOutboundRuleArray{digitalocean.FirewallOutboundRuleArgs{
				Protocol: pulumi.String("tcp"), PortRange: late.Text("25"), DestinationAddresses: everybody,
			}},
		})
		return err
	}}
}
