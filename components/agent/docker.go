package agent

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
)

// readDocker declares what stands between the agent and Docker's socket: who
// has the socket has the host. It answers a few questions, changes nothing, and
// is on a network with the agent alone.
func readDocker(ctx *pulumi.Context, on *hostdocker.Docker, image pulumi.StringOutput) (*docker.Container, *docker.Network, error) {
	inner, err := on.Network(ctx, "docker-read", true)
	if err != nil {
		return nil, nil, err
	}
	const program = "/usr/local/bin/docker-read"
	reader, err := on.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "docker-read", Image: image, MemoryMB: 32, CPUShares: 128, Command: []string{program},
			Mounts:   []hostdocker.Mount{{Host: "/run/docker.sock", Path: "/run/docker.sock", ReadOnly: true}},
			Networks: []hostdocker.Attachment{{Network: inner, Aliases: []string{"docker-read"}}},
		},
		Health: hostdocker.Health{Test: []string{program, "healthcheck"}, WaitSeconds: 30, EverySeconds: 60},
		// It keeps nothing.
		GraceSeconds: 2,
	})
	return reader, inner, err
}
