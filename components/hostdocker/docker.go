package hostdocker

import (
	"fmt"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args is how to get at a host's Docker.
type Args struct {
	// Stack prefixes the name of everything on the host.
	Stack string
	// Machine is the droplet; what runs on it shares its fate. Nil when the
	// host is another stack's: then HostID is its droplet's id, and a host that
	// was replaced has this stack's things made anew. Whoever brings the stack
	// up drops the old ones from its state first, without dialling.
	Machine pulumi.Resource
	HostID  pulumi.StringInput
	// Marks say whose things are, beyond the stack: they become labels
	// odooops.<mark> of every container, network and volume. An empty one is
	// left out.
	Marks map[string]string
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
	hostID   pulumi.StringInput
	marks    map[string]string
	provider *docker.Provider
}

// New connects to the Docker of a host.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Docker, error) {
	if (args.Machine == nil) == (args.HostID == nil) {
		return nil, fmt.Errorf("docker of stack %s: the host is either a machine of this stack or another stack's, by its id", args.Stack)
	}
	d := &Docker{stack: args.Stack, machine: args.Machine, hostID: args.HostID, marks: args.Marks}
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
	options := []pulumi.ResourceOption{pulumi.Parent(d), pulumi.Provider(d.provider)}
	if d.machine != nil {
		options = append(options, pulumi.ReplaceWith([]pulumi.Resource{d.machine}), pulumi.DeletedWith(d.machine))
	} else {
		options = append(options, pulumi.ReplacementTrigger(d.hostID))
	}
	return append(options, more...)
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
