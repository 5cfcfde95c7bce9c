package postgres

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
)

const (
	// metricsRole is the exporter's container, and its name on the data network.
	metricsRole = "metrics"
	// knownDir is where the backup writes, and the exporter reads, what is known
	// of the repositories.
	knownDir = "/var/lib/odooops/repositories"
)

// export declares odooops-metrics. It has no way out, no key to a repository and
// no data; in the server it is a role that reads no row.
func export(ctx *pulumi.Context, args Args, image pulumi.StringInput, known *docker.Volume, server *docker.Container) (*docker.Container, error) {
	c := hostdocker.Container{
		Role: metricsRole, Image: image, Command: []string{"metrics"}, MemoryMB: size.MetricsMB,
		// What it looks at comes first when the processors are busy.
		CPUShares: 128, CPUs: 0.25, Env: map[string]string{"GOMEMLIMIT": "48MiB"},
		// It begins as root, who reads its settings, and becomes nobody.
		Capabilities: []string{"SETGID", "SETUID"},
		Files:        []hostdocker.File{metricsFile(args)},
		Networks:     []hostdocker.Attachment{{Network: args.Data, Aliases: []string{metricsRole}}},
		After:        []pulumi.Resource{server},
	}
	if known != nil {
		c.Mounts = []hostdocker.Mount{{Volume: known, Path: knownDir, ReadOnly: true}}
	}
	return args.Docker.Run(ctx, hostdocker.Service{
		Container: c,
		// That it runs: whether the server does is what it says.
		Health:       hostdocker.Health{Test: []string{"odooops-metrics", "healthcheck"}, WaitSeconds: 30, EverySeconds: 60},
		GraceSeconds: 2,
	})
}

// metricsFile is /run/odooops/metrics.json, of the exporter and of the server,
// which gives the exporter's role its password at each start. Secret.
func metricsFile(args Args) hostdocker.File {
	text := args.SuperuserPassword.ToStringOutput().ApplyT(func(superuser string) (string, error) {
		b, err := json.Marshal(map[string]string{
			"host": Alias, "database": args.Database, "odooUser": args.User, "password": metricsPassword(superuser),
		})
		return string(b), err
	}).(pulumi.StringOutput)
	return hostdocker.File{
		Path: "/run/odooops/metrics.json", Mode: "0600", Content: pulumi.ToSecret(text).(pulumi.StringOutput),
	}
}

// metricsPassword follows from the superuser's, and does not give it away.
func metricsPassword(superuser string) string {
	mac := hmac.New(sha256.New, []byte(superuser))
	mac.Write([]byte("odooops-metrics"))
	return hex.EncodeToString(mac.Sum(nil))
}
