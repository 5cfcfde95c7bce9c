// Package mailcatcher declares MailHog: every mail of an environment that is
// not production ends there, and people read it in the browser.
//
// It keeps mail in memory, for a container's life: what is caught are tests.
package mailcatcher

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
)

const (
	// Alias is its name on its networks.
	Alias = "mail"
	// HTTPPort serves the pages and the API.
	HTTPPort = 8025
	// Address is where mail goes.
	Address = Alias + ":1025"
)

// Args of a Catcher.
type Args struct {
	Docker *hostdocker.Docker
	// Image is a reference by digest.
	Image    string
	MemoryMB int
	Networks []*docker.Network
	// NoWait is for one of many on a host: nobody waits for it, and its health
	// is asked seldom.
	NoWait bool
	// CPUShares is its weight; 0 is Docker's.
	CPUShares int
	// Labels for the host's services.
	Labels map[string]string
}

// Catcher is a MailHog.
type Catcher struct {
	pulumi.ResourceState

	Server *docker.Container
}

// New declares a catcher.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Catcher, error) {
	c := &Catcher{}
	if err := ctx.RegisterComponentResource("odooops:mail:Catcher", name, c, opts...); err != nil {
		return nil, err
	}
	image, err := args.Docker.Image(ctx, "mail", args.Image)
	if err != nil {
		return nil, err
	}
	var networks []hostdocker.Attachment
	for _, n := range args.Networks {
		networks = append(networks, hostdocker.Attachment{Network: n, Aliases: []string{Alias}})
	}
	health := hostdocker.Health{Test: []string{"/usr/local/bin/healthcheck", "smtp://127.0.0.1:1025", "http://127.0.0.1:8025/"}, WaitSeconds: 60}
	if args.NoWait {
		health.EverySeconds, health.NoWait = 60, true
	}
	c.Server, err = args.Docker.Run(ctx, hostdocker.Service{
		Container: hostdocker.Container{
			Role: "mail", Image: image, MemoryMB: args.MemoryMB, CPUShares: args.CPUShares,
			Networks: networks, Labels: args.Labels,
		},
		Health: health, GraceSeconds: 5,
	})
	if err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{})
}
