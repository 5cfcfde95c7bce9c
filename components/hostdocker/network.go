package hostdocker

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Network is a bridge. An internal one has no way out.
func (d *Docker) Network(ctx *pulumi.Context, role string, internal bool) (*docker.Network, error) {
	var labels docker.NetworkLabelArray
	for _, l := range d.labels("") {
		labels = append(labels, docker.NetworkLabelArgs{Label: pulumi.String(l.name), Value: pulumi.String(l.value)})
	}
	return docker.NewNetwork(ctx, d.Name(role), &docker.NetworkArgs{
		Name:     pulumi.String(d.Name(role)),
		Driver:   pulumi.String("bridge"),
		Internal: pulumi.Bool(internal),
		Labels:   labels,
	}, d.options()...)
}
