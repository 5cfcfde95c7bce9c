package badprograms

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// containersContained gives Odoo Docker's socket, and with it the host.
func containersContained() Program {
	return Program{Policy: "containers-contained", Run: func(ctx *pulumi.Context, late Late) error {
		return container(ctx, func(a *docker.ContainerArgs) {
			a.Volumes = docker.ContainerVolumeArray{docker.ContainerVolumeArgs{
				HostPath: late.Text("/var/run/docker.sock"), ContainerPath: pulumi.String("/var/run/docker.sock"),
			}}
		})
	}}
}
