package badprograms

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// databasesPrivate gives the database a port on its host.
func databasesPrivate() Program {
	return Program{Policy: "databases-private", Run: func(ctx *pulumi.Context, late Late) error {
		return container(ctx, func(a *docker.ContainerArgs) {
			a.Ports = docker.ContainerPortArray{docker.ContainerPortArgs{Internal: late.Number(5432), External: pulumi.Int(5432)}}
		})
	}}
}
