package stacks

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/agent"
	"github.com/odooops/odooops/components/bucket"
	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/mail"
	"github.com/odooops/odooops/components/odoo"
	"github.com/odooops/odooops/components/postgres"
	"github.com/odooops/odooops/stacks/config"
)

// production is an Odoo that people work with: its machine, its data, its
// archive, its name.
func production(ctx *pulumi.Context, values map[string]string, o Options) error {
	c, err := config.ParseProduction(values)
	if err != nil {
		return err
	}
	base, err := platformOf(ctx, c.Platform)
	if err != nil {
		return err
	}
	if err := c.Complete(base.Domain); err != nil {
		return err
	}
	relay := mail.NewRelay(c.Mail.Domain, c.Mail.Region, c.Mail.Login)
	s, err := newSite(ctx, marks{kind: config.KindProduction, backend: c.BackendID}, c.Site, base, relay.Port, o)
	if err != nil {
		return err
	}
	stack, on := s.stack, s.docker
	if _, err := mail.New(ctx, stack+"-mail", mail.Args{
		Zone: base.Domain, Domain: c.Mail.Domain, Region: c.Mail.Region,
		Selector: c.Mail.DKIMSelector, PublicKey: c.Mail.DKIMPublicKey, Reports: c.Mail.DMARCReports,
	}); err != nil {
		return err
	}
	nets, err := networks(ctx, on)
	if err != nil {
		return err
	}
	kept, err := newRepositories(ctx, stack, base, c)
	if err != nil {
		return err
	}
	db, err := postgres.New(ctx, stack, postgres.Args{
		Docker: on, Size: s.size, Image: c.Images.Postgres, DataDir: s.dataDir + "/current/postgres",
		Data: nets.data,
		Archive: &postgres.ArchiveArgs{
			Network: nets.archive, Stanza: stack, Cipher: secret(c.PgbackrestCipher),
			Repositories: kept.hosts(), FilesDir: s.dataDir + "/current/filestore",
			// A database works with the image that it was updated by.
			Annotations: map[string]string{"odoo-image": c.Images.Odoo, "postgres-image": c.Images.Postgres},
		},
		Metrics:  s.telemetry() != nil,
		Database: database, User: database,
		SuperuserPassword: secret(c.PostgresPassword), UserPassword: secret(c.OdooDatabasePassword),
	})
	if err != nil {
		return err
	}
	app, err := odoo.New(ctx, stack, odoo.Args{
		Docker: on, Size: s.size.Odoo, Image: c.Images.Odoo,
		Data:     hostdocker.Mount{Host: s.dataDir + "/current/filestore"},
		Networks: []*docker.Network{nets.data, nets.web},
		Database: database, DatabaseHost: postgres.Alias, DatabaseUser: database, Relay: relay,
		DatabasePassword: secret(c.OdooDatabasePassword), MasterPassword: secret(c.OdooMasterPassword),
		MailPassword: secret(c.MailgunPassword),
		Make:         &odoo.Make{AdminLogin: c.AdminLogin, AdminPassword: secret(c.OdooAdminPassword)},
		After:        []pulumi.Resource{db.Server},
	})
	if err != nil {
		return err
	}
	front, err := edge.New(ctx, stack, edge.Args{
		Docker: on, Size: s.size, Image: c.Images.Traefik, DataDir: s.dataDir + "/traefik",
		Networks: []*docker.Network{nets.web},
		Routes: edge.Routes{
			Hostname: s.hostname, Backend: odoo.Alias, HTTPPort: odoo.HTTPPort, WebsocketPort: odoo.WebsocketPort(s.size.Odoo),
		},
		Email: c.ACMEEmail,
		// Traefik asks for its certificate once, at its start: by then the name
		// has to lead here.
		After: []pulumi.Resource{app.Server, s.record, s.machine.Assignment},
	})
	if err != nil {
		return err
	}

	containers := pulumi.StringMap{
		"odoo": app.Server.Name, "postgres": db.Server.Name, "backup": db.Backup.Name, "edge": front.Server.Name,
	}
	if err := s.agent(ctx, containers, &agent.Site{Hostname: s.hostname, Address: edge.Alias}, db, nets.data, nets.web); err != nil {
		return err
	}
	if err := s.uptime(ctx, "https://"+s.hostname+"/web/health"); err != nil {
		return err
	}

	s.export(ctx, pulumi.Map{
		"data":         pulumi.String("new"),
		"containers":   containers,
		"jobs":         pulumi.StringMap{"odoo-init": app.Init.Name},
		"stanza":       pulumi.String(stack),
		"repositories": kept.addresses(),
		"readKeys":     kept.keys(func(r backupRepository) bucket.Key { return r.read }),
		"expireKeys":   kept.keys(func(r backupRepository) bucket.Key { return r.expire }),
		"mailSends":    pulumi.Bool(c.MailgunPassword != ""),
	})
	return nil
}

// hostNetworks are a stack's networks: who is on none of yours can't reach you.
type hostNetworks struct {
	// data is Odoo and the database, with no way out.
	data *docker.Network
	// web is the edge and Odoo, which sends mail and calls services.
	web *docker.Network
	// archive is the database's way to its repository.
	archive *docker.Network
}

func networks(ctx *pulumi.Context, on *hostdocker.Docker) (n hostNetworks, err error) {
	if n.data, err = on.Network(ctx, "data", true); err != nil {
		return n, err
	}
	if n.web, err = on.Network(ctx, "web", false); err != nil {
		return n, err
	}
	n.archive, err = on.Network(ctx, "archive", false)
	return n, err
}
