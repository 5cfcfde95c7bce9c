package stacks

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/dns"
	"github.com/odooops/odooops/components/host"
	"github.com/odooops/odooops/components/host/cloudinit"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
	"github.com/odooops/odooops/stacks/config"
)

// database is the name of the one database and of its role.
const database = "odoo"

// site is a host of its own for one Odoo, and the name that leads to it. What
// runs on the host differs by kind.
type site struct {
	kind   string
	config config.Site
	base   config.PlatformOutputs

	stack    string
	size     size.Size
	hostname string // fully qualified
	dataDir  string
	hostKey  string // public

	machine *host.Host
	record  *digitalocean.DnsRecord
	docker  *hostdocker.Docker
	// expiresAt is a preview's end, RFC 3339. A staging's is none of its containers'
	// business: plain pulumi does not know it.
	expiresAt string
}

// newSite declares a site. Its mailPort is the relay's, 0 without one.
func newSite(ctx *pulumi.Context, m marks, c config.Site, base config.PlatformOutputs, mailPort int, o Options) (*site, error) {
	stack := ctx.Stack()
	s := &site{
		kind: m.kind, config: c, base: base, stack: stack,
		hostname: c.Hostname + "." + base.Domain, dataDir: "/data/" + stack,
	}
	var err error
	if s.size, err = size.Lookup(c.Size); err != nil {
		return nil, err
	}
	if s.hostKey, err = config.PublicKey(c.HostKey); err != nil {
		return nil, err
	}
	role := cloudinit.RoleContained
	if m.kind == config.KindProduction {
		role = cloudinit.RoleDocker
	}
	outbound, err := s.telemetry().way()
	if err != nil {
		return nil, err
	}
	s.machine, err = host.New(ctx, stack, host.Args{
		Name: stack, Stack: stack, Kind: m.kind, Marks: m.tags(), Role: role, Region: base.Region, Size: c.Size,
		VolumeSizeGB: c.VolumeSizeGB, VPC: pulumi.String(base.VPCID), SSHKey: pulumi.String(base.SSHKeyFingerprint),
		HostKey: c.HostKey, Login: base.Bastion.Through(c.SSHOperatorKey, "", ""),
		BastionTag: base.Bastion.Tag, SSHDir: config.SSHDir(stack),
		MailPort: mailPort, Outbound: outbound, Protect: c.Protect, Replace: o.ReplaceHost,
	})
	if err != nil {
		return nil, err
	}
	s.record, err = dns.NewRecord(ctx, base.Domain, dns.Record{
		Resource: stack, Name: s.hostname, Type: "A", Value: s.machine.PublicIP,
	})
	if err != nil {
		return nil, err
	}
	s.docker, err = hostdocker.New(ctx, stack, hostdocker.Args{
		Stack: stack, Machine: s.machine.Droplet, Address: s.machine.DockerHost, Marks: m.labels(),
		SSHOpts:       []string{"-F", config.SSHDir(stack) + "/config"},
		RegistryToken: optionalSecret(c.RegistryToken),
	})
	return s, err
}

// export gives out what every site has, and more.
func (s *site) export(ctx *pulumi.Context, more pulumi.Map) {
	export(ctx, pulumi.Map{
		"kind":       pulumi.String(s.kind),
		"platform":   pulumi.String(s.config.Platform),
		"url":        pulumi.String("https://" + s.hostname),
		"hostname":   pulumi.String(s.hostname),
		"domain":     pulumi.String(s.base.Domain),
		"region":     pulumi.String(s.base.Region),
		"hostId":     s.machine.Droplet.ID(),
		"hostName":   s.machine.Droplet.Name,
		"size":       pulumi.String(s.config.Size),
		"publicIp":   s.machine.PublicIP,
		"dropletIp":  s.machine.Droplet.Ipv4Address,
		"privateIp":  s.machine.Droplet.Ipv4AddressPrivate,
		"hostKey":    pulumi.String(s.hostKey),
		"volumeId":   s.machine.Volume.ID(),
		"volumeName": s.machine.Volume.Name,
		"dataDir":    pulumi.String(s.dataDir),
		"bastion":    bastionOutput(s.base.Bastion),
		"images":     imagesOutput(s.config.Images),
		"database":   pulumi.String(database),
		"adminLogin": pulumi.String(s.config.AdminLogin),
	})
	export(ctx, more)
}

func export(ctx *pulumi.Context, outputs pulumi.Map) {
	for name, value := range outputs {
		ctx.Export(name, value)
	}
}

func bastionOutput(b config.Bastion) pulumi.Map {
	return pulumi.Map{
		"hostId": pulumi.String(b.HostID), "publicIp": pulumi.String(b.PublicIP),
		"privateIp": pulumi.String(b.PrivateIP), "hostKey": pulumi.String(b.HostKey), "tag": pulumi.String(b.Tag),
	}
}

func imagesOutput(i config.Images) pulumi.StringMap {
	images := pulumi.StringMap{}
	for name, ref := range map[string]string{
		"odoo": i.Odoo, "postgres": i.Postgres, "traefik": i.Traefik, "mailhog": i.MailHog,
		"otel": i.Otel, "loki": i.Loki, "prometheus": i.Prometheus, "alertmanager": i.Alertmanager, "grafana": i.Grafana,
	} {
		if ref != "" {
			images[name] = pulumi.String(ref)
		}
	}
	return images
}

func secret(v string) pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(v)).(pulumi.StringOutput)
}

// optionalSecret is nil for an empty one.
func optionalSecret(v string) pulumi.StringInput {
	if v == "" {
		return nil
	}
	return secret(v)
}
