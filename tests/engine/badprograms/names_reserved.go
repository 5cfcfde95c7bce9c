package badprograms

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// namesReserved takes the place of the bastion, which others find by its name.
func namesReserved() Program {
	return staging("names-reserved", func(ctx *pulumi.Context, late Late) error {
		return droplet(ctx, func(a *digitalocean.DropletArgs) { a.Name = late.Text("platform-bastion").ToStringOutput() })
	})
}
