package postgres

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
)

const (
	// Alias is the server's name on the data network.
	Alias = "postgres"
	// graceSeconds is what a busy server needs for its last checkpoint.
	graceSeconds = 120
	// shmMB is at least what parallel queries ask for.
	shmMB = 256
)

// Args of a Server.
type Args struct {
	Docker *hostdocker.Docker
	Size   size.Size
	// Image is a reference by digest.
	Image string
	// DataDir is the host's directory of the cluster.
	DataDir string
	// Data is where clients are, Archive the way out to the repository.
	Data, Archive *docker.Network

	Repository RepositoryArgs

	Database, User                  string
	SuperuserPassword, UserPassword pulumi.StringInput // secret
}

// RepositoryArgs is a Repository that may not be known yet.
type RepositoryArgs struct {
	Bucket, AccessKey, SecretKey pulumi.StringInput
	Endpoint, Region             string
	Path, Stanza                 string
	Cipher                       pulumi.StringInput // secret
}

// Server is a database server and its backup.
type Server struct {
	pulumi.ResourceState

	Server *docker.Container
	Backup *docker.Container
}

// New declares a server.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Server, error) {
	s := &Server{}
	if err := ctx.RegisterComponentResource("odooops:data:Postgres", name, s, opts...); err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "postgres", args.Image)
	if err != nil {
		return nil, err
	}
	// The server's socket, for the backup alone: by it no password is needed.
	socket, err := args.Docker.Volume(ctx, "postgres-socket")
	if err != nil {
		return nil, err
	}
	conf, err := serverConf(args.Size.Postgres, args.Repository.Stanza)
	if err != nil {
		return nil, err
	}
	schedule, err := crontab(args.Repository.Stanza)
	if err != nil {
		return nil, err
	}
	repository := hostdocker.File{
		Path: "/run/odooops/pgbackrest.conf", Mode: "0600", Content: repositoryConf(args.Repository),
	}
	mounts := []hostdocker.Mount{
		{Host: args.DataDir, Path: "/var/lib/postgresql/data"},
		{Volume: socket, Path: "/var/run/postgresql"},
		{Host: "/etc/ssl/certs", Path: "/etc/ssl/certs", ReadOnly: true},
	}
	// Both begin as root, hand files to postgres and become postgres; KILL
	// passes signals on to it.
	capabilities := []string{"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"}

	s.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "postgres", Image: image, Command: []string{"postgres"},
			MemoryMB: args.Size.Postgres.MemoryMB, ShmMB: shmMB, Capabilities: capabilities,
			Files: []hostdocker.File{
				{Path: "/run/odooops/postgres.json", Mode: "0600", Content: accountsFile(args)},
				{Path: "/run/odooops/postgresql.conf", Mode: "0600", Content: pulumi.String(conf)},
				repository,
			},
			Mounts: mounts,
			Networks: []hostdocker.Attachment{
				{Network: args.Data, Aliases: []string{Alias}},
				{Network: args.Archive},
			},
		},
		// By TCP: while a new cluster is being made, the socket answers already.
		Health: hostdocker.Health{
			Test: []string{"pg_isready", "-q", "-h", "127.0.0.1"}, WaitSeconds: 300,
		},
		StopSignal: "SIGINT", GraceSeconds: graceSeconds,
	})
	if err != nil {
		return nil, err
	}
	s.Backup, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "backup", Image: image, Command: []string{"backup"},
			MemoryMB: args.Size.BackupMB, Capabilities: capabilities,
			Files:    []hostdocker.File{repository, {Path: "/run/odooops/crontab", Mode: "0600", Content: pulumi.String(schedule)}},
			Mounts:   mounts,
			Networks: []hostdocker.Attachment{{Network: args.Archive}},
			After:    []pulumi.Resource{s.Server},
		},
		// That it reaches the server; how old the last backup is, is asked of
		// the repository.
		Health:       hostdocker.Health{Test: []string{"pg_isready", "-q"}, WaitSeconds: 120},
		GraceSeconds: 30,
	})
	if err != nil {
		return nil, err
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{})
}

func accountsFile(args Args) pulumi.StringOutput {
	text := pulumi.All(args.SuperuserPassword, args.UserPassword).ApplyT(func(v []any) (string, error) {
		return accounts(v[0].(string), args.User, v[1].(string), args.Database)
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}

func repositoryConf(r RepositoryArgs) pulumi.StringOutput {
	text := pulumi.All(r.Bucket, r.AccessKey, r.SecretKey, r.Cipher).ApplyT(func(v []any) (string, error) {
		return backupConf(Repository{
			Bucket: v[0].(string), AccessKey: v[1].(string), SecretKey: v[2].(string), Cipher: v[3].(string),
			Endpoint: r.Endpoint, Region: r.Region, Path: r.Path, Stanza: r.Stanza,
		})
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}
