package badprograms

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// egressListed gives a staging's Odoo a network with a way out.
func egressListed() Program {
	return staging("egress-listed", func(ctx *pulumi.Context, late Late) error {
		labels := docker.NetworkLabelArray{}
		for _, l := range [][2]string{{"odooops.stack", "staging"}, {"odooops.kind", "staging"}, {"odooops.role", "web"}} {
			labels = append(labels, docker.NetworkLabelArgs{Label: pulumi.String(l[0]), Value: pulumi.String(l[1])})
		}
		_, err := docker.NewNetwork(ctx, "web", &docker.NetworkArgs{
			Name: pulumi.String("staging-web"), Internal: late.Bool(false), Labels: labels,
		})
		return err
	})
}
