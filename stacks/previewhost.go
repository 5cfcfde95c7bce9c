package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/agent"
	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/components/host"
	"github.com/odooops/odooops/components/host/cloudinit"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
	"github.com/odooops/odooops/components/uptime"
	"github.com/odooops/odooops/stacks/config"
)

// previewHost is the machine that previews share, and the edge in front of
// them. Templates, and who is admitted, are operations' business.
func previewHost(ctx *pulumi.Context, values map[string]string, o Options) error {
	c, err := config.ParsePreviewHost(values)
	if err != nil {
		return err
	}
	s, err := size.Lookup(c.Size)
	if err != nil {
		return err
	}
	if s.PreviewBudgetMB() < c.PreviewMB {
		return &config.Error{Key: "size", Problem: c.Size + " has no room for a preview beside its own services", Hint: "take a larger one"}
	}
	operator, err := config.PublicKey(c.SSHOperatorKey)
	if err != nil {
		return err
	}
	hostKey, err := config.PublicKey(c.HostKey)
	if err != nil {
		return err
	}
	ground, err := lookUp(ctx, c)
	if err != nil {
		return err
	}
	stack := ctx.Stack()
	m := marks{kind: config.KindPreviewHost, backend: c.BackendID}

	key, err := digitalocean.NewSshKey(ctx, stack, &digitalocean.SshKeyArgs{
		Name: pulumi.String("odooops-" + stack), PublicKey: pulumi.String(operator),
	})
	if err != nil {
		return err
	}
	outbound, err := ground.telemetry(c).way()
	if err != nil {
		return err
	}
	machine, err := host.New(ctx, stack, host.Args{
		Name: stack, Stack: stack, Kind: m.kind, Marks: m.tags(), Role: cloudinit.RolePreviews,
		Region: c.Region, Size: c.Size, VolumeSizeGB: c.VolumeSizeGB,
		VPC: pulumi.String(ground.vpcID), SSHKey: key.Fingerprint,
		HostKey: c.HostKey, Login: ground.bastion.Through(c.SSHOperatorKey, "", ""),
		OperatorKeys: []string{c.CoreOperatorKey},
		BastionTag:   ground.bastion.Tag, SSHDir: config.SSHDir(stack),
		Outbound: outbound, Protect: c.Protect, Replace: o.ReplaceHost,
	})
	if err != nil {
		return err
	}
	on, err := hostdocker.New(ctx, stack, hostdocker.Args{
		Stack: stack, Machine: machine.Droplet, Address: machine.DockerHost, Marks: m.labels(),
		SSHOpts:       []string{"-F", config.SSHDir(stack) + "/config"},
		RegistryToken: optionalSecret(c.RegistryToken),
	})
	if err != nil {
		return err
	}
	watched, err := ground.telemetry(c).agent(ctx, on, agent.Args{
		Image: c.Images.Otel, Stack: stack, Kind: m.kind, Host: stack, DataDir: "/data/agent",
		PreviewBudgetMB: s.PreviewBudgetMB(), Info: agent.Info{MonthlyDollars: machine.Droplet.PriceMonthly},
	})
	if err != nil {
		return err
	}
	if _, err := uptime.New(ctx, stack, uptime.Args{
		Droplets: map[string]*digitalocean.Droplet{stack: machine.Droplet}, Emails: c.AlertEmails,
	}); err != nil {
		return err
	}
	front, err := edge.NewShared(ctx, stack, edge.SharedArgs{Docker: on, Size: s, Image: c.Images.Traefik})
	if err != nil {
		return err
	}

	containers := pulumi.StringMap{"edge": front.Server.Name}
	if watched != nil {
		containers[agent.Role] = watched.Name
		export(ctx, pulumi.Map{
			"telemetry":      pulumi.Map{"url": pulumi.String(ground.ingest), "user": pulumi.String(previewsAgent)},
			"telemetryToken": secret(c.TelemetryToken),
		})
	}
	export(ctx, pulumi.Map{
		"kind":              pulumi.String(m.kind),
		"region":            pulumi.String(c.Region),
		"domain":            pulumi.String(c.Domain),
		"previewDomain":     pulumi.String(c.Subdomain + "." + c.Domain),
		"vpcId":             pulumi.String(ground.vpcID),
		"sshKeyFingerprint": key.Fingerprint,
		"hostId":            machine.Droplet.ID(),
		"hostName":          machine.Droplet.Name,
		"size":              pulumi.String(c.Size),
		"publicIp":          machine.PublicIP,
		"dropletIp":         machine.Droplet.Ipv4Address,
		"privateIp":         machine.Droplet.Ipv4AddressPrivate,
		"hostKey":           pulumi.String(hostKey),
		"volumeId":          machine.Volume.ID(),
		"volumeName":        machine.Volume.Name,
		"bastion":           bastionOutput(ground.bastion),
		"containers":        containers,
		"images":            imagesOutput(c.Images),
		"allowCidrs":        pulumi.ToStringArray(c.AllowCIDRs),
		"budgetMb":          pulumi.Int(s.PreviewBudgetMB()),
		"previewMb":         pulumi.Int(c.PreviewMB),
	})
	return nil
}

// ground is what the platform gives to the previews' zone: found by name at
// the provider, because its state is not this zone's to read.
type ground struct {
	vpcID   string
	bastion config.Bastion
	// ingest takes telemetry; empty where nobody watches.
	ingest string
}

// telemetry is where the host's agent writes to; nil where nobody watches.
func (g ground) telemetry(c *config.PreviewHost) *telemetry {
	return telemetryOf(&config.Telemetry{URL: g.ingest, User: previewsAgent}, c.TelemetryToken)
}

func lookUp(ctx *pulumi.Context, c *config.PreviewHost) (ground, error) {
	vpc, err := digitalocean.LookupVpc(ctx, &digitalocean.LookupVpcArgs{Name: &c.VPCName})
	if err != nil {
		return ground{}, fmt.Errorf("look up the platform's network %s: %w; run `odooops up platform` first, or correct vpcName", c.VPCName, err)
	}
	way, err := digitalocean.LookupDroplet(ctx, &digitalocean.LookupDropletArgs{Name: &c.BastionName})
	if err != nil {
		return ground{}, fmt.Errorf("look up the bastion %s: %w; run `odooops up platform` first, or correct bastionName", c.BastionName, err)
	}
	if vpc.Region != c.Region {
		return ground{}, &config.Error{
			Key: "region", Problem: fmt.Sprintf("is %s, but the platform's network %s is in %s", c.Region, c.VPCName, vpc.Region),
		}
	}
	ingest, err := lookUpIngest(ctx, c.ObservabilityName)
	if err != nil {
		return ground{}, err
	}
	return ground{vpcID: vpc.Id, ingest: ingest, bastion: config.Bastion{
		HostID: fmt.Sprint(way.Id), PublicIP: way.Ipv4Address, PrivateIP: way.Ipv4AddressPrivate,
		HostKey: c.BastionHostKey, Tag: host.Tag("host", c.BastionName),
	}}, nil
}

// lookUpIngest is the address of the observability host, which a platform may
// do without.
func lookUpIngest(ctx *pulumi.Context, name string) (string, error) {
	found, err := digitalocean.GetDroplets(ctx, &digitalocean.GetDropletsArgs{
		Filters: []digitalocean.GetDropletsFilter{{Key: "name", Values: []string{name}}},
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("look up the observability host %s: %w", name, err)
	case len(found.Droplets) == 0:
		return "", nil
	case len(found.Droplets) > 1:
		return "", fmt.Errorf("look up the observability host %s: there are %d of that name", name, len(found.Droplets))
	}
	return fmt.Sprintf("http://%s:%d", found.Droplets[0].Ipv4AddressPrivate, edge.IngestPort), nil
}
