package stacks

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/dns"
	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/components/host"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/mail"
	"github.com/odooops/odooops/components/odoo"
	"github.com/odooops/odooops/components/postgres"
	"github.com/odooops/odooops/components/size"
	"github.com/odooops/odooops/components/walarchive"
	"github.com/odooops/odooops/stacks/config"
)

const (
	// database is the name of the one database and of its role.
	database = "odoo"
	// walPath is the repository's directory in the bucket.
	walPath = "/pgbackrest"
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
	s, err := size.Lookup(c.Size)
	if err != nil {
		return err
	}
	hostKey, err := config.PublicKey(c.HostKey)
	if err != nil {
		return err
	}
	stack := ctx.Stack()
	hostname := c.Hostname + "." + base.Domain
	dataDir := "/data/" + stack
	secret := func(v string) pulumi.StringOutput { return pulumi.ToSecret(v).(pulumi.StringOutput) }
	relay := mail.NewRelay(c.Mail.Domain, c.Mail.Region, c.Mail.Login)

	// The machine, and its name.
	access := config.OdooOutputs{Bastion: base.Bastion}.Access(c.SSHOperatorKey)
	machine, err := host.New(ctx, stack, host.Args{
		Name: stack, Stack: stack, Kind: config.KindProduction, Region: base.Region, Size: c.Size,
		VolumeSizeGB: c.VolumeSizeGB, VPC: pulumi.String(base.VPCID), SSHKey: pulumi.String(base.SSHKeyFingerprint),
		HostKey: c.HostKey, Login: access, BastionTag: base.Bastion.Tag, SSHDir: config.SSHDir(stack),
		MailPort: relay.Port, Protect: c.Protect, Replace: o.ReplaceHost,
	})
	if err != nil {
		return err
	}
	record, err := dns.NewRecord(ctx, base.Domain, dns.Record{
		Resource: stack, Name: hostname, Type: "A", Value: machine.PublicIP,
	})
	if err != nil {
		return err
	}
	if _, err := mail.New(ctx, stack+"-mail", mail.Args{
		Zone: base.Domain, Domain: c.Mail.Domain, Region: c.Mail.Region,
		Selector: c.Mail.DKIMSelector, PublicKey: c.Mail.DKIMPublicKey, Reports: c.Mail.DMARCReports,
	}); err != nil {
		return err
	}

	// What runs on it.
	args := hostdocker.Args{
		Stack: stack, Machine: machine.Droplet, Address: machine.DockerHost,
		SSHOpts: []string{"-F", config.SSHDir(stack) + "/config"},
	}
	if c.RegistryToken != "" {
		args.RegistryToken = secret(c.RegistryToken)
	}
	on, err := hostdocker.New(ctx, stack, args)
	if err != nil {
		return err
	}
	nets, err := networks(ctx, on)
	if err != nil {
		return err
	}
	archive, err := walarchive.New(ctx, stack+"-wal", walarchive.Args{
		Stack: stack, Domain: base.Domain, Region: base.Region, Protect: c.Protect,
	})
	if err != nil {
		return err
	}
	db, err := postgres.New(ctx, stack, postgres.Args{
		Docker: on, Size: s, Image: c.Images.Postgres, DataDir: dataDir + "/current/postgres",
		Data: nets.data, Archive: nets.archive,
		Repository: postgres.RepositoryArgs{
			Bucket: archive.Bucket, AccessKey: archive.AccessKey, SecretKey: archive.SecretKey,
			Endpoint: walarchive.Endpoint(base.Region), Region: base.Region, Path: walPath,
			Stanza: stack, Cipher: secret(c.PgbackrestCipher),
		},
		Database: database, User: database,
		SuperuserPassword: secret(c.PostgresPassword), UserPassword: secret(c.OdooDatabasePassword),
	})
	if err != nil {
		return err
	}
	app, err := odoo.New(ctx, stack, odoo.Args{
		Docker: on, Size: s, Image: c.Images.Odoo, DataDir: dataDir + "/current/filestore",
		Data: nets.data, Web: nets.web,
		Database: database, DatabaseHost: postgres.Alias, DatabaseUser: database,
		AdminLogin: c.AdminLogin, Mail: relay,
		DatabasePassword: secret(c.OdooDatabasePassword), MasterPassword: secret(c.OdooMasterPassword),
		AdminPassword: secret(c.OdooAdminPassword), MailPassword: secret(c.MailgunPassword),
		After: []pulumi.Resource{db.Server},
	})
	if err != nil {
		return err
	}
	websocketPort := odoo.HTTPPort
	if s.Odoo.Workers > 0 {
		websocketPort = odoo.GeventPort
	}
	front, err := edge.New(ctx, stack, edge.Args{
		Docker: on, Size: s, Image: c.Images.Traefik, DataDir: dataDir + "/traefik", Web: nets.web,
		Routes: edge.Routes{
			Hostname: hostname, Backend: odoo.Alias, HTTPPort: odoo.HTTPPort, WebsocketPort: websocketPort,
		},
		Email: c.ACMEEmail,
		// Traefik asks for its certificate once, at its start: by then the name
		// has to lead here.
		After: []pulumi.Resource{app.Server, record, machine.Assignment},
	})
	if err != nil {
		return err
	}

	for name, value := range map[string]pulumi.Input{
		"kind":       pulumi.String(config.KindProduction),
		"platform":   pulumi.String(c.Platform),
		"url":        pulumi.String("https://" + hostname),
		"hostname":   pulumi.String(hostname),
		"domain":     pulumi.String(base.Domain),
		"region":     pulumi.String(base.Region),
		"hostId":     machine.Droplet.ID(),
		"hostName":   machine.Droplet.Name,
		"size":       pulumi.String(c.Size),
		"publicIp":   machine.PublicIP,
		"dropletIp":  machine.Droplet.Ipv4Address,
		"privateIp":  machine.Droplet.Ipv4AddressPrivate,
		"hostKey":    pulumi.String(hostKey),
		"volumeId":   machine.Volume.ID(),
		"volumeName": machine.Volume.Name,
		"dataDir":    pulumi.String(dataDir),
		"bastion": pulumi.StringMap{
			"hostId":    pulumi.String(base.Bastion.HostID),
			"publicIp":  pulumi.String(base.Bastion.PublicIP),
			"privateIp": pulumi.String(base.Bastion.PrivateIP),
			"hostKey":   pulumi.String(base.Bastion.HostKey),
			"tag":       pulumi.String(base.Bastion.Tag),
		},
		"containers": pulumi.StringMap{
			"odoo": app.Server.Name, "postgres": db.Server.Name, "backup": db.Backup.Name, "edge": front.Server.Name,
		},
		"jobs": pulumi.StringMap{"odoo-init": app.Init.Name},
		"images": pulumi.StringMap{
			"odoo": pulumi.String(c.Images.Odoo), "postgres": pulumi.String(c.Images.Postgres),
			"traefik": pulumi.String(c.Images.Traefik),
		},
		"database":    pulumi.String(database),
		"adminLogin":  pulumi.String(c.AdminLogin),
		"walBucket":   archive.Bucket,
		"walEndpoint": pulumi.String(walarchive.Endpoint(base.Region)),
		"walPath":     pulumi.String(walPath),
		"stanza":      pulumi.String(stack),
		"mailSends":   pulumi.Bool(c.MailgunPassword != ""),
	} {
		ctx.Export(name, value)
	}
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
