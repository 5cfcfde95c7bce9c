package edge

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/size"
)

// SharedDir is where the previews' host keeps what its Traefik reads: dynamic
// and certs. It has the same name inside, because the files in it name each
// other.
const SharedDir = "/data/edge"

// SharedArgs of a shared edge.
type SharedArgs struct {
	Docker *hostdocker.Docker
	Size   size.Size
	// Image is a reference by digest.
	Image string
}

// NewShared declares the edge of the host that previews share. It is on the
// host's own network, so that it reaches every preview's network without
// joining it, and a preview that comes or goes changes no shared container.
func NewShared(ctx *pulumi.Context, name string, args SharedArgs, opts ...pulumi.ResourceOption) (*Edge, error) {
	e := &Edge{}
	if err := ctx.RegisterComponentResource("odooops:app:SharedEdge", name, e, opts...); err != nil {
		return nil, err
	}
	conf, err := render("traefik.yml", shared())
	if err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "traefik", args.Image)
	if err != nil {
		return nil, err
	}
	if e.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "edge", Image: image, MemoryMB: args.Size.EdgeMB,
			Capabilities: []string{"NET_BIND_SERVICE"},
			Files: []hostdocker.File{
				{Path: "/etc/traefik/traefik.yml", Mode: "0644", Content: pulumi.String(conf)},
			},
			Mounts:      []hostdocker.Mount{{Host: SharedDir, Path: SharedDir, ReadOnly: true}},
			HostNetwork: true,
		},
		Health:       health(),
		GraceSeconds: grace,
	}); err != nil {
		return nil, err
	}
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{})
}

// health is asked by a small program: Traefik's own is 170 MB, which each check
// would read again under the container's memory limit.
func health() hostdocker.Health {
	return hostdocker.Health{Test: []string{"/usr/local/bin/healthcheck", "http://127.0.0.1:8082/ping"}, WaitSeconds: 60}
}

// grace is how long Traefik may take to end, in seconds.
const grace = 15
