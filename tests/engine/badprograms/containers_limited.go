package badprograms

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// containersLimited lets one container take the host.
func containersLimited() Program {
	return Program{Policy: "containers-limited", Run: func(ctx *pulumi.Context, late Late) error {
		return container(ctx, func(a *docker.ContainerArgs) { a.Memory, a.MemorySwap = late.Number(0), nil })
	}}
}
