// Package host declares machines: droplets that are closed before they boot,
// recognisable before they answer, and set up by user data alone.
//
// It must not declare what runs on them; that is hostdocker's.
package host

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Image is what every machine boots.
const Image = "debian-13-x64"

// Machine is a droplet with its firewall.
type Machine struct {
	// Name is the droplet's and the host's name.
	Name string
	// Stack, Kind and Marks go into its tags.
	Stack, Kind string
	Marks       map[string]string
	Region      string
	Size        string
	VPC         pulumi.StringInput
	// SSHKey is the fingerprint of a key of the account; with one the cloud
	// mails no root password. Nobody logs in with it: root can't.
	SSHKey   pulumi.StringInput
	UserData pulumi.StringInput // secret
	Inbound  []Inbound
	Outbound []Outbound
}

// Tag is on this machine alone. Firewalls go by it, so they hold from the
// moment a machine, or its replacement, exists.
func Tag(kind, stack string) string { return "odooops:" + kind + ":" + stack }

// NewMachine declares a droplet behind its firewall.
func NewMachine(ctx *pulumi.Context, name string, m Machine, parent pulumi.Resource, opts ...pulumi.ResourceOption) (*digitalocean.Droplet, error) {
	tag, err := digitalocean.NewTag(ctx, name, &digitalocean.TagArgs{
		Name: pulumi.String(Tag("host", m.Name)),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	firewall, err := newFirewall(ctx, name, m, tag.Name, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	return digitalocean.NewDroplet(ctx, name, &digitalocean.DropletArgs{
		Name:         pulumi.String(m.Name),
		Image:        pulumi.String(Image),
		Region:       pulumi.String(m.Region),
		Size:         pulumi.String(m.Size),
		VpcUuid:      m.VPC.ToStringOutput(),
		SshKeys:      pulumi.StringArray{m.SSHKey},
		UserData:     pulumi.ToSecret(m.UserData).(pulumi.StringOutput),
		Monitoring:   pulumi.Bool(true),
		DropletAgent: pulumi.Bool(false),
		Tags:         append(pulumi.StringArray{tag.Name}, Tags(m.Stack, m.Kind, m.Marks)...),
		// A machine that goes away stops its containers first.
		GracefulShutdown: pulumi.Bool(true),
	}, append([]pulumi.ResourceOption{
		pulumi.Parent(parent),
		// The old machine stays until the new one is there: what is deleted
		// with it would otherwise be deleted by dialling a dead machine.
		pulumi.DeleteBeforeReplace(false),
		pulumi.AdditionalSecretOutputs([]string{"userData"}),
		pulumi.DependsOn([]pulumi.Resource{firewall}),
	}, opts...)...)
}

// Tags say whose something is: its kind, its stack, and each mark (backend,
// owner, created) that has a value. What no tag may hold becomes "_".
func Tags(stack, kind string, marks map[string]string) pulumi.StringArray {
	tags := []string{Tag("kind", kind), Tag("stack", stack)}
	for mark, value := range marks {
		if value != "" {
			tags = append(tags, Tag(mark, unfit.ReplaceAllString(value, "_")))
		}
	}
	slices.Sort(tags)
	return pulumi.ToStringArray(tags)
}

// unfit is what a tag can't hold: DigitalOcean takes letters, numbers, colons,
// dashes and underscores.
var unfit = regexp.MustCompile(`[^A-Za-z0-9:_-]`)

// dropletID is a droplet's id as a number, which other resources want.
func dropletID(d *digitalocean.Droplet) pulumi.IntOutput {
	return d.ID().ApplyT(func(id pulumi.ID) (int, error) { return strconv.Atoi(string(id)) }).(pulumi.IntOutput)
}
