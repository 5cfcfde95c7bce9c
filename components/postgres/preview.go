package postgres

import (
	"encoding/json"
	"path"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
)

// PreviewArgs are those of a preview's server.
type PreviewArgs struct {
	Docker *hostdocker.Docker
	Size   size.Preview
	// Image is a reference by digest.
	Image string
	// Volume holds the cluster; it is the preview's own.
	Volume *docker.Volume
	Data   *docker.Network
	// Seed fills the volume from a template; nil makes a new, empty cluster.
	Seed *Seed

	Database, User                  string
	SuperuserPassword, UserPassword pulumi.StringInput // secret
}

// Seed is how a template becomes the data of one preview.
type Seed struct {
	// Template is the directory on the host, called by the template's id.
	Template string
	// AdminLogin and AdminPasswordHash, as passlib writes it, are the
	// administrator's.
	AdminLogin        string
	AdminPasswordHash pulumi.StringInput // secret
	// URL is where the preview is served, Domain what is behind the @ of its
	// mail aliases.
	URL, Domain string
	// UUID is the database's own: mail and services know it by that.
	UUID string
}

// Preview is a preview's database server. It is not waited for.
type Preview struct {
	pulumi.ResourceState

	Server *docker.Container
	// Seed is nil without a template.
	Seed *docker.Container
	// Seeded is the seed's result, for what reads the data; nil without a template.
	Seeded []pulumi.StringOutput
}

// seedMB is enough to change a few rows of a cluster.
const seedMB = 256

// NewPreview declares a preview's server.
func NewPreview(ctx *pulumi.Context, name string, args PreviewArgs, opts ...pulumi.ResourceOption) (*Preview, error) {
	p := &Preview{}
	if err := ctx.RegisterComponentResource("odooops:data:PreviewPostgres", name, p, opts...); err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "postgres", args.Image)
	if err != nil {
		return nil, err
	}
	conf, err := previewConf(args.Size.Postgres)
	if err != nil {
		return nil, err
	}
	data := hostdocker.Mount{Volume: args.Volume, Path: "/var/lib/postgresql/data"}
	server := hostdocker.Container{
		Role: "postgres", Image: image, Command: []string{"postgres"},
		MemoryMB: args.Size.Postgres.MemoryMB, CPUShares: args.Size.CPUShares, CPUs: args.Size.CPUs,
		Capabilities: capabilities,
		Files: []hostdocker.File{
			{Path: "/run/odooops/postgresql.conf", Mode: "0600", Content: pulumi.String(conf)},
		},
		Mounts:   []hostdocker.Mount{data},
		Networks: []hostdocker.Attachment{{Network: args.Data, Aliases: []string{Alias}}},
	}
	if args.Seed == nil {
		server.Files = append(server.Files, hostdocker.File{
			Path: "/run/odooops/postgres.json", Mode: "0600", Content: accountsFile(Args{
				Database: args.Database, User: args.User,
				SuperuserPassword: args.SuperuserPassword, UserPassword: args.UserPassword,
			}),
		})
	} else {
		var seeded pulumi.StringOutput
		p.Seed, seeded, err = args.Docker.Once(ctx, hostdocker.Container{
			Role: "seed", Image: image, Command: []string{"seed"}, MemoryMB: seedMB,
			Capabilities: capabilities,
			Env:          map[string]string{"SEED_TEMPLATE": path.Base(args.Seed.Template)},
			Files: []hostdocker.File{
				{Path: "/run/odooops/seed.json", Mode: "0600", Content: seedFile(args)},
			},
			Mounts:    []hostdocker.Mount{data, {Host: args.Seed.Template, Path: "/template", ReadOnly: true}},
			NoNetwork: true,
		})
		if err != nil {
			return nil, err
		}
		p.Seeded = []pulumi.StringOutput{seeded}
		server.Command, server.Results = []string{"preview"}, p.Seeded
	}
	p.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: server,
		// Asked seldom: hundreds of idle previews would do nothing else.
		Health: hostdocker.Health{
			Test: []string{"pg_isready", "-q", "-h", "127.0.0.1"}, WaitSeconds: 120, EverySeconds: 30, NoWait: true,
		},
		StopSignal: "SIGINT", GraceSeconds: 20,
	})
	if err != nil {
		return nil, err
	}
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{})
}

func seedFile(args PreviewArgs) pulumi.StringOutput {
	text := pulumi.All(args.SuperuserPassword, args.UserPassword, args.Seed.AdminPasswordHash).ApplyT(func(v []any) (string, error) {
		b, err := json.Marshal(map[string]string{
			"postgresPassword": v[0].(string), "databasePassword": v[1].(string),
			"adminLogin": args.Seed.AdminLogin, "adminPasswordHash": v[2].(string),
			"url": args.Seed.URL, "domain": args.Seed.Domain, "uuid": args.Seed.UUID,
		})
		return string(b), err
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}
