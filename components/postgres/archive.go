package postgres

import (
	"encoding/json"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
)

// archived declares the server with its archive, and the backup beside it, which
// writes what the repositories hold into known, if there is one.
func archived(ctx *pulumi.Context, args Args, server hostdocker.Container, known *docker.Volume) (backup, served *docker.Container, err error) {
	archive := *args.Archive
	// The server's socket, for the backup alone: by it no password is needed.
	socket, err := args.Docker.Volume(ctx, hostdocker.Volume{Role: "postgres-socket"})
	if err != nil {
		return nil, nil, err
	}
	schedule, err := crontab()
	if err != nil {
		return nil, nil, err
	}
	about, err := json.Marshal(map[string]any{"annotations": archive.Annotations})
	if err != nil {
		return nil, nil, err
	}
	repositories := hostdocker.File{
		Path: "/run/odooops/archive.json", Mode: "0600", Content: archiveFile(archive, args.Database),
	}
	server.Files = append(server.Files, repositories)
	server.Mounts = append(server.Mounts,
		hostdocker.Mount{Volume: socket, Path: "/var/run/postgresql"},
		hostdocker.Mount{Host: "/etc/ssl/certs", Path: "/etc/ssl/certs", ReadOnly: true},
	)
	server.Networks = append(server.Networks, hostdocker.Attachment{Network: archive.Network})
	if served, err = serve(ctx, args.Docker, server); err != nil {
		return nil, nil, err
	}
	mounts := append(server.Mounts[:len(server.Mounts):len(server.Mounts)],
		hostdocker.Mount{Host: archive.FilesDir, Path: "/filestore", ReadOnly: true})
	if known != nil {
		mounts = append(mounts, hostdocker.Mount{Volume: known, Path: knownDir})
	}
	backup, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "backup", Image: server.Image, Command: []string{"backup"},
			MemoryMB: args.Size.BackupMB, Capabilities: capabilities,
			Files: []hostdocker.File{
				repositories,
				{Path: "/run/odooops/crontab", Mode: "0600", Content: pulumi.String(schedule)},
				{Path: "/run/odooops/backup.json", Mode: "0600", Content: pulumi.String(about)},
			},
			Mounts:   mounts,
			Networks: []hostdocker.Attachment{{Network: archive.Network}},
			After:    []pulumi.Resource{served},
		},
		// That it reaches the server; how old the last backup is, is asked of
		// the repositories.
		Health:       hostdocker.Health{Test: []string{"pg_isready", "-q"}, WaitSeconds: 120},
		GraceSeconds: 30,
	})
	return backup, served, err
}

// archiveFile is the one file by which a container knows the repositories.
func archiveFile(a ArchiveArgs, database string) pulumi.StringOutput {
	values := []any{a.Cipher}
	for _, r := range a.Repositories {
		values = append(values, r.Bucket, r.FilesBucket, r.KeyID, r.Secret)
	}
	text := pulumi.All(values...).ApplyT(func(v []any) (string, error) {
		f := archiveJSON{Stanza: a.Stanza, Database: database, Cipher: v[0].(string)}
		for i, r := range a.Repositories {
			of := v[1+4*i:]
			f.Repositories = append(f.Repositories, repositoryJSON{
				Number: r.Number, Endpoint: r.Endpoint, Region: r.Region, Path: r.Path,
				Bucket: of[0].(string), FilesBucket: of[1].(string), KeyID: of[2].(string), Secret: of[3].(string),
			})
		}
		b, err := json.Marshal(f)
		return string(b), err
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}

// archiveJSON is /run/odooops/archive.json, as the image reads it. Secret.
type archiveJSON struct {
	Stanza       string           `json:"stanza"`
	Database     string           `json:"database"`
	Cipher       string           `json:"cipher"`
	Repositories []repositoryJSON `json:"repositories"`
}

type repositoryJSON struct {
	Number      int    `json:"number"`
	Endpoint    string `json:"endpoint"`
	Region      string `json:"region"`
	Bucket      string `json:"bucket"`
	Path        string `json:"path"`
	FilesBucket string `json:"filesBucket"`
	KeyID       string `json:"keyId"`
	Secret      string `json:"secret"`
}
