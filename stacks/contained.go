package stacks

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/agent"
	"github.com/odooops/odooops/components/dns"
	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/components/egress"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/mailcatcher"
	"github.com/odooops/odooops/components/odoo"
	"github.com/odooops/odooops/components/postgres"
	"github.com/odooops/odooops/stacks/config"
)

// catcherMB is MailHog's memory limit where it is the only one on the host.
const catcherMB = 96

// contained is how an Odoo that is not production runs on a host of its own:
// its mail ends in MailHog, its containers have no way out but what is listed,
// and its pages ask for a password.
type contained struct {
	config.Gate
	// User and Password are asked for at the edge.
	User, Password string
	// MailLabel is the label of MailHog's name, beside the site's own.
	MailLabel string
	// Modules and Demo are what the database is made of.
	Modules string
	Demo    bool
	// Update is what to do about modules that the image changed; nil is nothing.
	Update *odoo.Update
}

// on declares it, and returns the outputs that only it has.
func (c contained) on(ctx *pulumi.Context, s *site) (pulumi.Map, error) {
	stack, on := s.stack, s.docker
	mailHostname := c.MailLabel + "." + s.base.Domain
	mailRecord, err := dns.NewRecord(ctx, s.base.Domain, dns.Record{
		Resource: stack + "-mail", Name: mailHostname, Type: "A", Value: s.machine.PublicIP,
	})
	if err != nil {
		return nil, err
	}
	nets, err := c.networks(ctx, on)
	if err != nil {
		return nil, err
	}
	containers := pulumi.StringMap{}

	proxy := ""
	if len(c.EgressAllow) > 0 {
		out, err := egress.New(ctx, stack, egress.Args{
			Docker: on, Image: s.config.Images.Traefik, Allow: c.EgressAllow,
			Inner: nets.web, Outer: nets.front,
		})
		if err != nil {
			return nil, err
		}
		proxy, containers["egress"] = egress.URL, out.Server.Name
	}
	catcher, err := mailcatcher.New(ctx, stack, mailcatcher.Args{
		Docker: on, Image: s.config.Images.MailHog, MemoryMB: catcherMB,
		Networks: []*docker.Network{nets.data, nets.web},
	})
	if err != nil {
		return nil, err
	}
	db, err := postgres.New(ctx, stack, postgres.Args{
		Docker: on, Size: s.size, Image: s.config.Images.Postgres, DataDir: s.dataDir + "/current/postgres",
		Data: nets.data, Metrics: s.telemetry() != nil, Database: database, User: database,
		SuperuserPassword: secret(s.config.PostgresPassword), UserPassword: secret(s.config.OdooDatabasePassword),
	})
	if err != nil {
		return nil, err
	}
	size := s.size.Odoo.OneWorker()
	app, err := odoo.New(ctx, stack, odoo.Args{
		Docker: on, Size: size, Image: s.config.Images.Odoo,
		Data:     hostdocker.Mount{Host: s.dataDir + "/current/filestore"},
		Networks: []*docker.Network{nets.data, nets.web},
		Database: database, DatabaseHost: postgres.Alias, DatabaseUser: database,
		Catcher: mailcatcher.Address, Proxy: proxy,
		DatabasePassword: secret(s.config.OdooDatabasePassword), MasterPassword: secret(s.config.OdooMasterPassword),
		Make: &odoo.Make{
			AdminLogin: s.config.AdminLogin, AdminPassword: secret(s.config.OdooAdminPassword),
			Modules: c.Modules, Demo: c.Demo,
			Neutralize: true, URL: "https://" + s.hostname, Domain: s.hostname,
		},
		Update: c.Update,
		After:  []pulumi.Resource{db.Server},
	})
	if err != nil {
		return nil, err
	}
	gate := &edge.Gate{User: c.User, Password: c.Password, AllowCIDRs: c.AllowCIDRs}
	front, err := edge.New(ctx, stack, edge.Args{
		Docker: on, Size: s.size, Image: s.config.Images.Traefik, DataDir: s.dataDir + "/traefik",
		Networks: []*docker.Network{nets.front, nets.web},
		Routes: edge.Routes{
			Hostname: s.hostname, Backend: odoo.Alias, HTTPPort: odoo.HTTPPort,
			WebsocketPort: odoo.WebsocketPort(size), Gate: gate,
		},
		Mail: &edge.Routes{
			Hostname: mailHostname, Backend: mailcatcher.Alias, HTTPPort: mailcatcher.HTTPPort, Gate: gate,
		},
		Email: s.config.ACMEEmail,
		// By then the names have to lead here: see production.
		After: []pulumi.Resource{app.Server, catcher.Server, s.record, mailRecord, s.machine.Assignment},
	})
	if err != nil {
		return nil, err
	}

	for role, container := range map[string]*docker.Container{
		"odoo": app.Server, "postgres": db.Server, "mail": catcher.Server, "edge": front.Server,
	} {
		containers[role] = container.Name
	}
	// Like a browser, but not for a robot's eyes: the edge asks for its password.
	if err := s.agent(ctx, containers, &agent.Site{
		Hostname: s.hostname, Address: edge.Alias, User: c.User, Password: secret(c.Password),
	}, db, nets.data, nets.web); err != nil {
		return nil, err
	}
	jobs := pulumi.StringMap{"odoo-init": app.Init.Name}
	if app.Update != nil {
		jobs["odoo-update"] = app.Update.Name
	}
	return pulumi.Map{
		"mailUrl":    pulumi.String("https://" + mailHostname),
		"edgeLogin":  pulumi.String(c.User),
		"containers": containers,
		"jobs":       jobs,
	}, nil
}

// containedNetworks differ from production's in that Odoo is on none with a
// way out: only the edge is, and the proxy.
type containedNetworks struct{ data, web, front *docker.Network }

func (contained) networks(ctx *pulumi.Context, on *hostdocker.Docker) (n containedNetworks, err error) {
	if n.data, err = on.Network(ctx, "data", true); err != nil {
		return n, err
	}
	if n.web, err = on.Network(ctx, "web", true); err != nil {
		return n, err
	}
	n.front, err = on.Network(ctx, "front", false)
	return n, err
}
