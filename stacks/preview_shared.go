package stacks

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/dns"
	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/components/egress"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/mailcatcher"
	"github.com/odooops/odooops/components/odoo"
	"github.com/odooops/odooops/components/postgres"
	"github.com/odooops/odooops/components/size"
	"github.com/odooops/odooops/stacks/config"
)

// volumesDir is where Docker keeps volumes on the host. There it is on the
// data volume, as the templates are: only so a copy costs nothing.
const volumesDir = "/var/lib/docker/volumes"

// shared puts the preview on the shared host: one internal network with
// Odoo, Postgres and MailHog, and labels by which the host's edge finds them.
// Nothing in here waits for another's health: `pr up` waits for the page.
func (p *pullRequest) shared(ctx *pulumi.Context) error {
	if err := p.records(ctx); err != nil {
		return err
	}
	on, err := hostdocker.New(ctx, p.stack, hostdocker.Args{
		Stack: p.stack, HostID: pulumi.String(p.host.HostID), Marks: p.labels(),
		Address:       pulumi.String("ssh://" + config.HostUser + "@" + p.host.PrivateIP),
		SSHOpts:       []string{"-F", config.SSHDir(p.Host) + "/config"},
		RegistryToken: optionalSecret(p.RegistryToken),
	})
	if err != nil {
		return err
	}
	inside, err := on.Network(ctx, "net", true)
	if err != nil {
		return err
	}
	limits := size.OfPreview()
	containers, jobs := pulumi.StringMap{}, pulumi.StringMap{}

	catcher, err := p.catcher(ctx, on, inside, limits)
	if err != nil {
		return err
	}
	containers["mail"] = catcher.Server.Name
	proxy := ""
	if len(p.EgressAllow) > 0 {
		out, err := p.egress(ctx, on, inside)
		if err != nil {
			return err
		}
		proxy, containers["egress"] = egress.URL, out.Server.Name
	}
	data, filestore, err := p.volumes(ctx, on)
	if err != nil {
		return err
	}
	db, err := p.postgres(ctx, on, inside, data, limits)
	if err != nil {
		return err
	}
	containers["postgres"] = db.Server.Name
	app, err := p.odoo(ctx, on, inside, filestore, db, proxy, limits)
	if err != nil {
		return err
	}
	containers["odoo"] = app.Server.Name
	for role, job := range map[string]*docker.Container{"seed": db.Seed, "odoo-init": app.Init, "odoo-update": app.Update} {
		if job != nil {
			jobs[role] = job.Name
		}
	}
	p.export(ctx, containers, jobs)
	return nil
}

func (p *pullRequest) records(ctx *pulumi.Context) error {
	for resource, name := range map[string]string{p.stack: p.hostname, p.stack + "-mail": p.mailHostname} {
		if _, err := dns.NewRecord(ctx, p.host.Domain, dns.Record{
			Resource: resource, Name: name, Type: "A", Value: pulumi.String(p.host.PublicIP),
		}); err != nil {
			return err
		}
	}
	return nil
}

// volumes are the cluster's, and the filestore's over the template's. They are
// the stack's alone: a preview's data is a copy.
func (p *pullRequest) volumes(ctx *pulumi.Context, on *hostdocker.Docker) (data, filestore *docker.Volume, err error) {
	// Other data, or data that was asked to be made again, is other volumes.
	generation := p.generation()
	data, err = on.Volume(ctx, hostdocker.Volume{Role: "data", Generation: generation})
	if err != nil {
		return nil, nil, err
	}
	v := hostdocker.Volume{Role: "filestore", Generation: generation}
	if p.Template != "" {
		upper := volumesDir + "/" + on.Name("data") + "/_data"
		v.Overlay = &hostdocker.Overlay{
			Lower: p.templateDir() + "/filestore", Upper: upper + "/upper", Work: upper + "/work",
		}
	}
	filestore, err = on.Volume(ctx, v)
	return data, filestore, err
}

func (p *pullRequest) generation() string { return p.data() + " " + p.ResetToken }

func (p *pullRequest) templateDir() string { return "/data/templates/" + p.Template }

func (p *pullRequest) postgres(ctx *pulumi.Context, on *hostdocker.Docker, inside *docker.Network, data *docker.Volume, limits size.Preview) (*postgres.Preview, error) {
	args := postgres.PreviewArgs{
		Docker: on, Size: limits, Image: p.Images.Postgres, Volume: data, Data: inside,
		Database: database, User: database,
		SuperuserPassword: secret(p.password(config.PurposePostgres)),
		UserPassword:      secret(p.password(config.PurposeDatabase)),
	}
	if p.Template != "" {
		hash, err := odoo.PasswordHash(p.password(config.PurposeAdmin), "administrator\x00"+p.stack)
		if err != nil {
			return nil, err
		}
		args.Seed = &postgres.Seed{
			Template: p.templateDir(), AdminLogin: p.adminLogin, AdminPasswordHash: secret(hash),
			URL: "https://" + p.hostname, Domain: p.hostname,
			UUID: config.DeriveUUID(p.ZoneKey, p.stack, p.generation()),
		}
	}
	return postgres.NewPreview(ctx, p.stack, args)
}

func (p *pullRequest) odoo(ctx *pulumi.Context, on *hostdocker.Docker, inside *docker.Network, filestore *docker.Volume, db *postgres.Preview, proxy string, limits size.Preview) (*odoo.Odoo, error) {
	routes, err := edge.Odoo(p.routes("", p.hostname, odoo.HTTPPort))
	if err != nil {
		return nil, err
	}
	args := odoo.Args{
		Docker: on, Size: limits.Odoo, Small: &limits, Image: p.Images.Odoo,
		Data: hostdocker.Mount{Volume: filestore}, Networks: []*docker.Network{inside},
		Database: database, DatabaseHost: postgres.Alias, DatabaseUser: database,
		Catcher: mailcatcher.Address, Proxy: proxy, Labels: edge.Label(routes), Update: p.update(),
		DatabasePassword: secret(p.password(config.PurposeDatabase)),
		MasterPassword:   secret(p.password(config.PurposeMaster)),
		Results:          db.Seeded, After: []pulumi.Resource{db.Server},
	}
	if p.Template == "" {
		args.Make = &odoo.Make{
			AdminLogin: p.adminLogin, AdminPassword: secret(p.password(config.PurposeAdmin)), Modules: p.Modules,
			Demo: true, Neutralize: true, URL: "https://" + p.hostname, Domain: p.hostname,
		}
	}
	return odoo.New(ctx, p.stack, args)
}

func (p *pullRequest) catcher(ctx *pulumi.Context, on *hostdocker.Docker, inside *docker.Network, limits size.Preview) (*mailcatcher.Catcher, error) {
	routes, err := edge.Mail(p.routes("mail-", p.mailHostname, mailcatcher.HTTPPort))
	if err != nil {
		return nil, err
	}
	return mailcatcher.New(ctx, p.stack, mailcatcher.Args{
		Docker: on, Image: p.Images.MailHog, MemoryMB: limits.MailMB, CPUShares: limits.CPUShares,
		Networks: []*docker.Network{inside}, NoWait: true, Labels: edge.Label(routes),
	})
}

// egress is the one container with a way out, on a network of its own for it.
func (p *pullRequest) egress(ctx *pulumi.Context, on *hostdocker.Docker, inside *docker.Network) (*egress.Proxy, error) {
	outer, err := on.Network(ctx, "out", false)
	if err != nil {
		return nil, err
	}
	return egress.New(ctx, p.stack, egress.Args{
		Docker: on, Image: p.host.Images.Traefik, Allow: p.EgressAllow,
		Inner: inside, Outer: outer,
	})
}

// routes lead to a container whose address the host fills in. The prefix keeps
// them apart from all others of the shared Traefik.
func (p *pullRequest) routes(prefix, hostname string, port int) edge.Routes {
	return edge.Routes{
		Prefix: p.stack + "-" + prefix, Hostname: hostname, Backend: edge.Address, HTTPPort: port, WebsocketPort: port,
		Gate: &edge.Gate{User: edgeUser, Password: p.password(config.PurposeEdge), AllowCIDRs: p.gate().AllowCIDRs},
	}
}

func (p *pullRequest) export(ctx *pulumi.Context, containers, jobs pulumi.StringMap) {
	export(ctx, pulumi.Map{
		"kind":       pulumi.String(p.kind),
		"platform":   pulumi.String(p.Host),
		"url":        pulumi.String("https://" + p.hostname),
		"mailUrl":    pulumi.String("https://" + p.mailHostname),
		"edgeLogin":  pulumi.String(edgeUser),
		"hostname":   pulumi.String(p.hostname),
		"domain":     pulumi.String(p.host.Domain),
		"region":     pulumi.String(p.host.Region),
		"hostId":     pulumi.String(p.host.HostID),
		"hostName":   pulumi.String(p.host.HostName),
		"size":       pulumi.String(p.host.Size),
		"publicIp":   pulumi.String(p.host.PublicIP),
		"dropletIp":  pulumi.String(p.host.DropletIP),
		"privateIp":  pulumi.String(p.host.PrivateIP),
		"hostKey":    pulumi.String(p.host.HostKey),
		"bastion":    bastionOutput(p.host.Bastion),
		"images":     imagesOutput(p.Images),
		"database":   pulumi.String(database),
		"adminLogin": pulumi.String(p.adminLogin),
		"containers": containers,
		"jobs":       jobs,
	})
}
