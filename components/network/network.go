// Package network declares the private network of a zone. It comes with the
// platform, because a droplet can't change its VPC later.
package network

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of a Network.
type Args struct {
	Region string
	// CIDR is the range of its addresses, such as 10.20.0.0/20.
	CIDR string
}

// Network is a VPC.
type Network struct {
	pulumi.ResourceState

	VPC *digitalocean.Vpc
}

// New declares a network.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Network, error) {
	n := &Network{}
	if err := ctx.RegisterComponentResource("odooops:network:Network", name, n, opts...); err != nil {
		return nil, err
	}
	var err error
	n.VPC, err = digitalocean.NewVpc(ctx, name, &digitalocean.VpcArgs{
		Name:    pulumi.String("odooops-" + name),
		Region:  pulumi.String(args.Region),
		IpRange: pulumi.String(args.CIDR),
	}, pulumi.Parent(n))
	if err != nil {
		return nil, err
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{"vpcId": n.VPC.ID()})
}
