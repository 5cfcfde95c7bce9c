package badprograms

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tagsRequired says that a staging's machine is production's.
func tagsRequired() Program {
	return staging("tags-required", func(ctx *pulumi.Context, late Late) error {
		return droplet(ctx, func(a *digitalocean.DropletArgs) {
			a.Tags = pulumi.StringArray{pulumi.String("odooops:kind:staging"), late.Text("odooops:stack:production")}
		})
	})
}
