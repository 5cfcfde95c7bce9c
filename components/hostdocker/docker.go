package hostdocker

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args is how to get at a host's Docker.
type Args struct {
	// Stack prefixes the name of everything on the host.
	Stack string
	// Machine is the droplet; what runs on it shares its fate.
	Machine pulumi.Resource
	// Address is ssh://user@host. It should resolve only when Docker answers:
	// the provider connects at its first call and does not try again.
	Address pulumi.StringInput
	// SSHOpts are passed to ssh.
	SSHOpts []string
	// RegistryToken reads images from a private registry.digitalocean.com;
	// nil reads without login.
	RegistryToken pulumi.StringInput
}

// Docker is a host's Docker.
type Docker struct {
	pulumi.ResourceState

	stack    string
	machine  pulumi.Resource
	provider *docker.Provider
}

// New connects to the Docker of a host.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Docker, error) {
	d := &Docker{stack: args.Stack, machine: args.Machine}
	if err := ctx.RegisterComponentResource("odooops:host:Docker", name, d, opts...); err != nil {
		return nil, err
	}
	provider := &docker.ProviderArgs{
		Host:    args.Address.ToStringOutput(),
		SshOpts: pulumi.ToStringArray(args.SSHOpts),
	}
	if args.RegistryToken != nil {
		// The token goes along with each pull and never stays on the host.
		token := args.RegistryToken.ToStringOutput()
		provider.RegistryAuth = docker.ProviderRegistryAuthArray{docker.ProviderRegistryAuthArgs{
			Address:  pulumi.String("registry.digitalocean.com"),
			Username: token,
			Password: token,
		}}
	}
	var err error
	d.provider, err = docker.NewProvider(ctx, name, provider, pulumi.Parent(d))
	if err != nil {
		return nil, err
	}
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{})
}

// options are those of every resource on the host.
func (d *Docker) options(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{
		pulumi.Parent(d),
		pulumi.Provider(d.provider),
		pulumi.ReplaceWith([]pulumi.Resource{d.machine}),
		pulumi.DeletedWith(d.machine),
	}, more...)
}

// Name is what something with this role is called on the host.
func (d *Docker) Name(role string) string { return d.stack + "-" + role }

// Image makes sure the image is on the host and returns its id. It stays when
// nothing declares it any more: the next deploy may go back to it.
func (d *Docker) Image(ctx *pulumi.Context, role, ref string) (pulumi.StringOutput, error) {
	image, err := docker.NewRemoteImage(ctx, d.Name(role), &docker.RemoteImageArgs{
		Name:        pulumi.String(ref),
		KeepLocally: pulumi.Bool(true),
	}, d.options()...)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return image.ImageId, nil
}

// Network is a bridge. An internal one has no way out.
func (d *Docker) Network(ctx *pulumi.Context, role string, internal bool) (*docker.Network, error) {
	return docker.NewNetwork(ctx, d.Name(role), &docker.NetworkArgs{
		Name:     pulumi.String(d.Name(role)),
		Driver:   pulumi.String("bridge"),
		Internal: pulumi.Bool(internal),
		Labels: docker.NetworkLabelArray{docker.NetworkLabelArgs{
			Label: pulumi.String("odooops.stack"), Value: pulumi.String(d.stack),
		}},
	}, d.options()...)
}

// Volume is scratch space of Docker's own, such as a socket's directory. It
// goes with the machine; data belongs on the data volume.
func (d *Docker) Volume(ctx *pulumi.Context, role string) (*docker.Volume, error) {
	return docker.NewVolume(ctx, d.Name(role), &docker.VolumeArgs{
		Name: pulumi.String(d.Name(role)),
		Labels: docker.VolumeLabelArray{docker.VolumeLabelArgs{
			Label: pulumi.String("odooops.stack"), Value: pulumi.String(d.stack),
		}},
	}, d.options()...)
}
