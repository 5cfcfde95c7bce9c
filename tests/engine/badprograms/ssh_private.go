package badprograms

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// sshPrivate opens SSH to everybody.
func sshPrivate() Program {
	return Program{Policy: "ssh-private", Run: func(ctx *pulumi.Context, late Late) error {
		return inbound(ctx, digitalocean.FirewallInboundRuleArgs{
			Protocol: pulumi.String("tcp"), PortRange: late.Text("22"), SourceAddresses: everybody,
		})
	}}
}
