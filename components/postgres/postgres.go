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
	// Data is where clients are.
	Data *docker.Network
	// Archive is where WAL and backups go; nil keeps neither.
	Archive *ArchiveArgs
	// Metrics has odooops-metrics run beside it, for who asks on Data.
	Metrics bool

	Database, User                  string
	SuperuserPassword, UserPassword pulumi.StringInput // secret
}

// ArchiveArgs is where WAL, backups and Odoo's files go.
type ArchiveArgs struct {
	// Network is the way out to the repositories.
	Network *docker.Network
	Stanza  string
	Cipher  pulumi.StringInput // secret
	// Repositories don't wait for each other.
	Repositories []Repository
	// FilesDir is the host's directory of Odoo's files.
	FilesDir string
	// Annotations of every backup: what a restore needs to know of what ran.
	Annotations map[string]string
}

// Repository is a place for backups, and the key that the host has to it.
type Repository struct {
	Number           int
	Endpoint, Region string // S3 host without scheme
	Path             string // of pgBackRest, in Bucket
	// Bucket is pgBackRest's, FilesBucket of Odoo's files.
	Bucket, FilesBucket pulumi.StringInput
	KeyID               pulumi.StringInput
	Secret              pulumi.StringInput // secret
}

// Server is a database server and its backup.
type Server struct {
	pulumi.ResourceState

	Server *docker.Container
	// Backup is nil without an archive.
	Backup *docker.Container
	// Metrics is nil where nobody asks.
	Metrics *docker.Container
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
	conf, err := serverConf(args.Size.Postgres, args.Archive != nil)
	if err != nil {
		return nil, err
	}
	server := hostdocker.Container{
		Role: "postgres", Image: image, Command: []string{"postgres"},
		MemoryMB: args.Size.Postgres.MemoryMB, ShmMB: shmMB, Capabilities: capabilities,
		Files: []hostdocker.File{
			{Path: "/run/odooops/postgres.json", Mode: "0600", Content: accountsFile(args)},
			{Path: "/run/odooops/postgresql.conf", Mode: "0600", Content: pulumi.String(conf)},
		},
		Mounts:   []hostdocker.Mount{{Host: args.DataDir, Path: "/var/lib/postgresql/data"}},
		Networks: []hostdocker.Attachment{{Network: args.Data, Aliases: []string{Alias}}},
	}
	var known *docker.Volume
	if args.Metrics {
		server.Files = append(server.Files, metricsFile(args))
		if args.Archive != nil {
			if known, err = args.Docker.Volume(ctx, hostdocker.Volume{Role: "repositories"}); err != nil {
				return nil, err
			}
		}
	}
	if args.Archive != nil {
		if s.Backup, s.Server, err = archived(ctx, args, server, known); err != nil {
			return nil, err
		}
	} else if s.Server, err = serve(ctx, args.Docker, server); err != nil {
		return nil, err
	}
	if args.Metrics {
		if s.Metrics, err = export(ctx, args, image, known, s.Server); err != nil {
			return nil, err
		}
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{})
}

// capabilities of every container of the image: it begins as root, hands files
// to postgres and becomes postgres; KILL passes signals on to it.
var capabilities = []string{"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"}

func serve(ctx *pulumi.Context, on *hostdocker.Docker, c hostdocker.Container) (*docker.Container, error) {
	return on.Run(ctx, hostdocker.Service{
		Container: c,
		// By TCP: while a new cluster is being made, the socket answers already.
		Health: hostdocker.Health{
			Test: []string{"pg_isready", "-q", "-h", "127.0.0.1"}, WaitSeconds: 300,
		},
		StopSignal: "SIGINT", GraceSeconds: graceSeconds,
	})
}

func accountsFile(args Args) pulumi.StringOutput {
	text := pulumi.All(args.SuperuserPassword, args.UserPassword).ApplyT(func(v []any) (string, error) {
		return accounts(v[0].(string), args.User, v[1].(string), args.Database)
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}
