package badprograms

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// regionSize is where there are no volumes and no Spaces.
func regionSize() Program {
	return staging("region-size", func(ctx *pulumi.Context, late Late) error {
		return droplet(ctx, func(a *digitalocean.DropletArgs) { a.Region = late.Text("nyc2").ToStringOutput() })
	})
}
