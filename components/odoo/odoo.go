package odoo

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/mail"
	"github.com/odooops/odooops/components/size"
)

const (
	// Alias is Odoo's name on the web network.
	Alias = "odoo"
	// HTTPPort serves pages.
	HTTPPort = 8069
	// GeventPort serves the websocket when there are workers.
	GeventPort = 8072
)

// Args of an Odoo.
type Args struct {
	Docker *hostdocker.Docker
	Size   size.Size
	// Image is a reference by digest.
	Image string
	// DataDir is the host's directory of the filestore and the sessions.
	DataDir string
	// Data is where the database is, Web where the edge is.
	Data, Web *docker.Network
	// Database is the name of the one database.
	Database, DatabaseHost, DatabaseUser string
	AdminLogin                           string
	Mail                                 mail.Relay // without password

	DatabasePassword, MasterPassword, AdminPassword, MailPassword pulumi.StringInput // secret

	// After is what must run first: the database server.
	After []pulumi.Resource
}

// Odoo is a served database.
type Odoo struct {
	pulumi.ResourceState

	// Init is the job that makes the database.
	Init   *docker.Container
	Server *docker.Container
}

// New declares an Odoo.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Odoo, error) {
	o := &Odoo{}
	if err := ctx.RegisterComponentResource("odooops:app:Odoo", name, o, opts...); err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "odoo", args.Image)
	if err != nil {
		return nil, err
	}
	config := hostdocker.File{Path: "/run/odooops/odoo.conf", Mode: "0600", Content: confFile(args)}
	container := hostdocker.Container{
		Image: image, MemoryMB: args.Size.Odoo.MemoryMB(),
		// Begins as root, hands files to odoo and becomes odoo.
		Capabilities: []string{"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"},
		// Odoo measures address space, and every arena of malloc reserves some.
		Env:      map[string]string{"MALLOC_ARENA_MAX": "2"},
		Mounts:   []hostdocker.Mount{{Host: args.DataDir, Path: "/var/lib/odoo"}},
		Networks: []hostdocker.Attachment{{Network: args.Data}},
		After:    args.After,
	}

	// The database gets its own administrator, and no demo accounts, before
	// anybody can reach it.
	job := container
	job.Role, job.Command = "odoo-init", []string{"odoo-init"}
	job.Files = []hostdocker.File{config, {Path: "/run/odooops/admin.json", Mode: "0600", Content: adminFile(args)}}
	var made pulumi.StringOutput
	o.Init, made, err = args.Docker.Once(ctx, job)
	if err != nil {
		return nil, err
	}

	server := container
	server.Role, server.Command = "odoo", []string{"odoo"}
	server.Files = []hostdocker.File{config}
	server.Networks = append(server.Networks, hostdocker.Attachment{Network: args.Web, Aliases: []string{Alias}})
	server.Results = []pulumi.StringOutput{made}
	o.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: server,
		Health: hostdocker.Health{
			Test: []string{
				"python3", "-c",
				"import urllib.request; urllib.request.urlopen('http://127.0.0.1:8069/web/health', timeout=4)",
			},
			WaitSeconds: 180,
		},
		GraceSeconds: 60,
	})
	if err != nil {
		return nil, err
	}
	return o, ctx.RegisterResourceOutputs(o, pulumi.Map{})
}

func confFile(args Args) pulumi.StringOutput {
	text := pulumi.All(args.DatabasePassword, args.MasterPassword, args.MailPassword).ApplyT(func(v []any) (string, error) {
		relay := args.Mail
		relay.Password = v[2].(string)
		return conf(Settings{
			Size: args.Size.Odoo, DatabaseHost: args.DatabaseHost, Database: args.Database,
			DatabaseUser: args.DatabaseUser, DatabasePassword: v[0].(string),
			MasterPassword: v[1].(string), Mail: relay,
		})
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}

func adminFile(args Args) pulumi.StringOutput {
	text := args.AdminPassword.ToStringOutput().ApplyT(func(password string) (string, error) {
		return admin(args.AdminLogin, password)
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}
