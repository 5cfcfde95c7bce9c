package host

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/host/cloudinit"
	"github.com/odooops/odooops/components/sshaccess"
)

// Args of a Host.
type Args struct {
	// Name is the droplet's and the host's name.
	Name        string
	Stack, Kind string
	// Marks say whose the machine and its volume are, beyond stack and kind:
	// see Tags.
	Marks map[string]string
	// Role is what the machine is for; RoleDocker when empty.
	Role         cloudinit.Role
	Region       string
	Size         string
	VolumeSizeGB int
	VPC          pulumi.StringInput
	SSHKey       pulumi.StringInput
	// HostKey is the machine's private key. Secret.
	HostKey string
	// Login is how to log in; its Host is filled in with the droplet's address.
	Login sshaccess.Access
	// Bastion is the bastion's public address, for a stack that makes both at
	// once; nil where Login has it.
	Bastion pulumi.StringInput
	// OperatorKeys are public keys, authorized_keys format, that may log in
	// besides Login's.
	OperatorKeys []string
	// BastionTag lets the bastion in on port 22.
	BastionTag string
	// SSHDir is where the ssh client files go; empty for a host that nothing is
	// declared on, which is then not waited for and has no DockerHost.
	SSHDir string
	// Closed is for a host that serves nobody: only the bastion reaches it.
	Closed bool
	// Inbound lets in whom else the host serves.
	Inbound []Inbound
	// Outbound lets the host out, beyond Basics.
	Outbound []Outbound
	// Passing is for a host that no name leads to and that is gone soon: it has
	// no reserved address, of which an account has few.
	Passing bool
	// MailPort is the relay's; 0 is none.
	MailPort int
	// Protect keeps droplet, volume and reserved address from being deleted.
	Protect bool
	// Replace lets the droplet be replaced: its protection is lifted, and its
	// user data is the current one.
	Replace bool
}

// Host is a droplet that runs containers on a data volume, at an address
// that outlives it.
type Host struct {
	pulumi.ResourceState

	Droplet *digitalocean.Droplet
	Volume  *digitalocean.Volume
	// PublicIP is the reserved address, or a Passing host's own.
	PublicIP pulumi.StringOutput
	// Assignment leads the address to this machine; nil for a Passing one.
	Assignment *digitalocean.ReservedIpAssignment
	// DockerHost is ssh://user@host, as soon as Docker answers there.
	DockerHost pulumi.StringOutput
}

// New declares a host.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Host, error) {
	h := &Host{}
	if err := ctx.RegisterComponentResource("odooops:host:Host", name, h, opts...); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(h)
	operator, err := publicKey(args.Login.Key)
	if err != nil {
		return nil, err
	}
	hostKey, err := publicKey([]byte(args.HostKey))
	if err != nil {
		return nil, err
	}
	role := args.Role
	if role == "" {
		role = cloudinit.RoleDocker
	}
	volumeName := args.Name + "-data"
	userData, err := cloudinit.Render(cloudinit.Args{
		Name: args.Name, Role: role, Stack: args.Stack, Volume: volumeName,
		HostKey: args.HostKey, OperatorKeys: append([]string{operator}, args.OperatorKeys...),
	})
	if err != nil {
		return nil, err
	}

	h.Volume, err = digitalocean.NewVolume(ctx, name, &digitalocean.VolumeArgs{
		Name:   pulumi.String(volumeName),
		Region: pulumi.String(args.Region),
		Size:   pulumi.Int(args.VolumeSizeGB),
		// No file system from the cloud: the machine makes it, and only on a
		// blank volume.
		Tags: Tags(args.Stack, args.Kind, args.Marks),
	}, parent, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, err
	}
	var address *digitalocean.ReservedIp
	if !args.Passing {
		address, err = digitalocean.NewReservedIp(ctx, name, &digitalocean.ReservedIpArgs{
			Region: pulumi.String(args.Region),
		}, parent, pulumi.Protect(args.Protect))
		if err != nil {
			return nil, err
		}
	}

	inbound := []Inbound{{Port: "22", FromTag: args.BastionTag}}
	if !args.Closed {
		inbound = append(inbound, Inbound{Port: "443", From: Everybody}, Inbound{Port: "80", From: Everybody})
	}
	inbound = append(inbound, args.Inbound...)
	outbound := append(Basics(), args.Outbound...)
	if args.MailPort != 0 {
		outbound = append(outbound, Outbound{Protocol: "tcp", Port: port(args.MailPort), To: Everybody})
	}
	options := []pulumi.ResourceOption{
		pulumi.Protect(args.Protect && !args.Replace),
		// The volume is deleted after the droplet that it is attached to.
		pulumi.DependsOn([]pulumi.Resource{h.Volume}),
	}
	if !args.Replace {
		// Both matter at the first boot only, and a change would replace a
		// machine that is in use.
		options = append(options, pulumi.IgnoreChanges([]string{"userData", "sshKeys"}))
	}
	h.Droplet, err = NewMachine(ctx, name, Machine{
		Name: args.Name, Stack: args.Stack, Kind: args.Kind, Marks: args.Marks, Region: args.Region, Size: args.Size,
		VPC: args.VPC, SSHKey: args.SSHKey, UserData: pulumi.String(userData),
		Inbound: inbound, Outbound: outbound,
	}, h, options...)
	if err != nil {
		return nil, err
	}

	// Deleted with the droplet: whoever replaces the host detaches the volume
	// before, and a detach of what is detached is an error.
	attachment, err := digitalocean.NewVolumeAttachment(ctx, name, &digitalocean.VolumeAttachmentArgs{
		DropletId: dropletID(h.Droplet),
		VolumeId:  h.Volume.ID().ToStringOutput(),
	}, parent, pulumi.DeletedWith(h.Droplet))
	if err != nil {
		return nil, err
	}
	h.PublicIP = h.Droplet.Ipv4Address
	if address != nil {
		h.PublicIP = address.IpAddress
		h.Assignment, err = digitalocean.NewReservedIpAssignment(ctx, name, &digitalocean.ReservedIpAssignmentArgs{
			DropletId: dropletID(h.Droplet),
			IpAddress: address.IpAddress,
		}, parent)
		if err != nil {
			return nil, err
		}
	}

	if args.SSHDir != "" {
		h.DockerHost = dockerHost(ctx, h.Droplet, attachment, hostKey, args)
	}
	return h, ctx.RegisterResourceOutputs(h, pulumi.Map{"publicIp": h.PublicIP})
}
