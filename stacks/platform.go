package stacks

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/bastion"
	"github.com/odooops/odooops/components/dns"
	"github.com/odooops/odooops/components/network"
	"github.com/odooops/odooops/stacks/config"
)

// platform is what everything else stands on: the private network, the zone,
// the operator's key and the way in.
func platform(ctx *pulumi.Context, values map[string]string) error {
	c, err := config.ParsePlatform(values)
	if err != nil {
		return err
	}
	operator, err := config.PublicKey(c.SSHOperatorKey)
	if err != nil {
		return err
	}
	bastionKey, err := config.PublicKey(c.BastionHostKey)
	if err != nil {
		return err
	}
	stack := ctx.Stack()

	net, err := network.New(ctx, stack, network.Args{Region: c.Region, CIDR: c.VPCCIDR})
	if err != nil {
		return err
	}
	if _, err := dns.NewZone(ctx, stack, c.Domain, c.Protect); err != nil {
		return err
	}
	key, err := digitalocean.NewSshKey(ctx, stack, &digitalocean.SshKeyArgs{
		Name: pulumi.String("odooops-" + stack), PublicKey: pulumi.String(operator),
	})
	if err != nil {
		return err
	}
	way, err := bastion.New(ctx, stack+"-bastion", bastion.Args{
		Stack: stack, Kind: config.KindPlatform, Region: c.Region,
		VPC: net.VPC.ID().ToStringOutput(), VPCCIDR: c.VPCCIDR, SSHKey: key.Fingerprint,
		AdminCIDRs: c.AdminCIDRs, HostKey: c.BastionHostKey, OperatorKey: operator,
	})
	if err != nil {
		return err
	}

	for name, value := range map[string]pulumi.Input{
		"kind":              pulumi.String(config.KindPlatform),
		"region":            pulumi.String(c.Region),
		"domain":            pulumi.String(c.Domain),
		"vpcId":             net.VPC.ID(),
		"vpcCidr":           pulumi.String(c.VPCCIDR),
		"sshKeyFingerprint": key.Fingerprint,
		"bastion": pulumi.Map{
			"hostId":    way.Droplet.ID(),
			"publicIp":  way.Droplet.Ipv4Address,
			"privateIp": way.Droplet.Ipv4AddressPrivate,
			"hostKey":   pulumi.String(bastionKey),
			"tag":       pulumi.String(way.Tag),
		},
	} {
		ctx.Export(name, value)
	}
	return nil
}
