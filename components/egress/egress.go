// Package egress declares the one way out of an environment that otherwise has
// none: a proxy that lets HTTPS through to the hosts of a list.
package egress

import (
	"strings"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
)

const (
	// Alias is its name on the inner network.
	Alias = "egress"
	// URL is what programs take as their proxy.
	URL = "http://" + Alias + ":8888"
	// memoryMB holds the proxy, some hundred tunnels and the health check.
	memoryMB = 48
)

// Args of a Proxy.
type Args struct {
	Docker *hostdocker.Docker
	// Image is the edge's, a reference by digest.
	Image string
	// Allow are host names.
	Allow []string
	// Inner is where the callers are, Outer has a way out.
	Inner, Outer *docker.Network
}

// Proxy is a proxy.
type Proxy struct {
	pulumi.ResourceState

	Server *docker.Container
}

// New declares a proxy.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Proxy, error) {
	p := &Proxy{}
	if err := ctx.RegisterComponentResource("odooops:app:Egress", name, p, opts...); err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "egress", args.Image)
	if err != nil {
		return nil, err
	}
	p.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "egress", Image: image, Command: []string{"egress"}, MemoryMB: memoryMB,
			Files: []hostdocker.File{{
				Path: "/run/odooops/egress-allow", Mode: "0644", Content: pulumi.String(strings.Join(args.Allow, "\n") + "\n"),
			}},
			Networks: []hostdocker.Attachment{{Network: args.Inner, Aliases: []string{Alias}}, {Network: args.Outer}},
		},
		Health: hostdocker.Health{
			Test: []string{"/usr/local/bin/serve", "egress", "healthcheck"}, WaitSeconds: 60, EverySeconds: 60, NoWait: true,
		},
		GraceSeconds: 5,
	})
	if err != nil {
		return nil, err
	}
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{})
}
