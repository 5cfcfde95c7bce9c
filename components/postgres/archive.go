package postgres

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
)

// archived declares the server with its archive, and the backup beside it.
func archived(ctx *pulumi.Context, args Args, server hostdocker.Container) (backup, served *docker.Container, err error) {
	archive := *args.Archive
	// The server's socket, for the backup alone: by it no password is needed.
	socket, err := args.Docker.Volume(ctx, hostdocker.Volume{Role: "postgres-socket"})
	if err != nil {
		return nil, nil, err
	}
	schedule, err := crontab(archive.Stanza)
	if err != nil {
		return nil, nil, err
	}
	repository := hostdocker.File{
		Path: "/run/odooops/pgbackrest.conf", Mode: "0600", Content: repositoryConf(archive),
	}
	server.Files = append(server.Files, repository)
	server.Mounts = append(server.Mounts,
		hostdocker.Mount{Volume: socket, Path: "/var/run/postgresql"},
		hostdocker.Mount{Host: "/etc/ssl/certs", Path: "/etc/ssl/certs", ReadOnly: true},
	)
	server.Networks = append(server.Networks, hostdocker.Attachment{Network: archive.Network})
	if served, err = serve(ctx, args.Docker, server); err != nil {
		return nil, nil, err
	}
	backup, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "backup", Image: server.Image, Command: []string{"backup"},
			MemoryMB: args.Size.BackupMB, Capabilities: capabilities,
			Files:    []hostdocker.File{repository, {Path: "/run/odooops/crontab", Mode: "0600", Content: pulumi.String(schedule)}},
			Mounts:   server.Mounts,
			Networks: []hostdocker.Attachment{{Network: archive.Network}},
			After:    []pulumi.Resource{served},
		},
		// That it reaches the server; how old the last backup is, is asked of
		// the repository.
		Health:       hostdocker.Health{Test: []string{"pg_isready", "-q"}, WaitSeconds: 120},
		GraceSeconds: 30,
	})
	return backup, served, err
}

func repositoryConf(r ArchiveArgs) pulumi.StringOutput {
	text := pulumi.All(r.Bucket, r.AccessKey, r.SecretKey, r.Cipher).ApplyT(func(v []any) (string, error) {
		return backupConf(Repository{
			Bucket: v[0].(string), AccessKey: v[1].(string), SecretKey: v[2].(string), Cipher: v[3].(string),
			Endpoint: r.Endpoint, Region: r.Region, Path: r.Path, Stanza: r.Stanza,
		})
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}
