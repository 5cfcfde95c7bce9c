package badprograms

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// secretsSecret shows the database's password to whoever can look at the host.
func secretsSecret() Program {
	return Program{Policy: "secrets-secret", Run: func(ctx *pulumi.Context, late Late) error {
		return container(ctx, func(a *docker.ContainerArgs) { a.Envs = pulumi.StringArray{late.Text("DB_PASSWORD=hunter2")} })
	}}
}
