// Package bastion declares the one machine that can be reached by SSH from
// outside. It forwards to port 22 of the others and does nothing else.
package bastion

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/host"
	"github.com/odooops/odooops/components/host/cloudinit"
	"github.com/odooops/odooops/components/size"
)

// Args of a Bastion.
type Args struct {
	Stack, Kind string
	// Marks say whose the machine is, beyond stack and kind: see host.Tags.
	Marks  map[string]string
	Region string
	VPC    pulumi.StringInput
	// VPCCIDR is the range of the machines that it forwards to.
	VPCCIDR string
	SSHKey  pulumi.StringInput
	// AdminCIDRs may connect.
	AdminCIDRs []string
	// HostKey is the machine's private key. Secret.
	HostKey string
	// OperatorKey is the public key that may log in.
	OperatorKey string
	// PreviewsKey is the public key of the previews' zone. It may have
	// connections to port 22 forwarded and nothing else. Empty: none.
	PreviewsKey string
}

// Bastion is the way in.
type Bastion struct {
	pulumi.ResourceState

	Droplet *digitalocean.Droplet
	// Tag is on the bastion alone.
	Tag string
}

// New declares a bastion.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Bastion, error) {
	b := &Bastion{Tag: host.Tag("host", name)}
	if err := ctx.RegisterComponentResource("odooops:host:Bastion", name, b, opts...); err != nil {
		return nil, err
	}
	userData, err := cloudinit.Render(cloudinit.Args{
		Name: name, Role: cloudinit.RoleBastion, HostKey: args.HostKey,
		OperatorKeys: []string{args.OperatorKey}, PreviewsKey: args.PreviewsKey,
	})
	if err != nil {
		return nil, err
	}
	b.Droplet, err = host.NewMachine(ctx, name, host.Machine{
		Name: name, Stack: args.Stack, Kind: args.Kind, Marks: args.Marks, Region: args.Region, Size: size.Bastion,
		VPC: args.VPC, SSHKey: args.SSHKey, UserData: pulumi.String(userData),
		Inbound: []host.Inbound{{Port: "22", From: args.AdminCIDRs}},
		Outbound: append(host.Basics(), host.Outbound{
			Protocol: "tcp", Port: "22", To: []string{args.VPCCIDR},
		}),
	}, b)
	if err != nil {
		return nil, err
	}
	return b, ctx.RegisterResourceOutputs(b, pulumi.Map{"publicIp": b.Droplet.Ipv4Address})
}
