package agent

import (
	"strconv"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
)

// readDocker declares what stands between the agent and Docker's socket: who
// has the socket has the host. It answers a few questions, changes nothing, and
// is on a network with the agent alone.
//
// Where previews are it counts their places, too: the agent sees no directory
// of the host but its own.
func readDocker(ctx *pulumi.Context, on *hostdocker.Docker, image pulumi.StringOutput, previewBudgetMB int) (*docker.Container, *docker.Network, error) {
	inner, err := on.Network(ctx, "docker-read", true)
	if err != nil {
		return nil, nil, err
	}
	const program = "/usr/local/bin/docker-read"
	mounts := []hostdocker.Mount{{Host: "/run/docker.sock", Path: "/run/docker.sock", ReadOnly: true}}
	env := map[string]string{}
	if previewBudgetMB > 0 {
		mounts = append(mounts, hostdocker.Mount{Host: "/data/previews/admitted", Path: "/previews/admitted", ReadOnly: true})
		env["PREVIEW_BUDGET_MB"] = strconv.Itoa(previewBudgetMB)
	}
	reader, err := on.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "docker-read", Image: image, MemoryMB: size.DockerReadMB, CPUShares: 128, Command: []string{program},
			Env: env, Mounts: mounts,
			Networks: []hostdocker.Attachment{{Network: inner, Aliases: []string{"docker-read"}}},
		},
		Health: hostdocker.Health{Test: []string{program, "healthcheck"}, WaitSeconds: 30, EverySeconds: 60},
		// It keeps nothing.
		GraceSeconds: 2,
	})
	return reader, inner, err
}
