package policies

import (
	"slices"
	"strings"

	"github.com/odooops/odooops/components/size"
	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/stacks/config"
)

// regionSize keeps stacks where the backups are, and in the sizes that the
// settings of Odoo and Postgres are made for.
func regionSize() policy.Policy {
	return policy.Policy{
		Name: "region-size", Severity: policy.Mandatory,
		Holds: "Everything is in an allowed region, and every droplet has an allowed size.",
		Why: `A region without volumes or Spaces has nowhere to keep the data, and personal data must not leave the regions that were agreed.
A size that nobody has made settings for gets memory limits that don't fit, and a slip of the pen can cost a hundred times as much.`,
		Bad: `digitalocean.NewDroplet(ctx, "production", &digitalocean.DropletArgs{
	Region: pulumi.String("nyc1"), Size: pulumi.String("gpu-h100x8-640gb"), Image: pulumi.String("debian-13-x64"),
})`,
		Good: `digitalocean.NewDroplet(ctx, "production", &digitalocean.DropletArgs{
	Region: pulumi.String("fra1"), Size: pulumi.String("s-2vcpu-4gb"), Image: pulumi.String("debian-13-x64"),
})`,
		Config: []policy.Setting{
			{Name: "regions", What: "regions of DigitalOcean; the default are those with volumes and Spaces", Default: anys(config.Regions)},
			{Name: "sizes", What: "slugs of droplet sizes; the default are those of components/size, and a bastion's", Default: anys(append([]string{size.Bastion}, size.Slugs()...))},
		},
		Types: []string{bucket, droplet, reservedIP, volume, vpc},
		Check: func(r *policy.Resource) {
			regions, sizes := r.Settings.Strings("regions"), r.Settings.Strings("sizes")
			// An address may be where its droplet is, a droplet anywhere.
			if region, ok := r.Get("region").Text(); ok && !slices.Contains(regions, region) && (region != "" || r.Type == droplet) {
				r.Deny("the region %q is not allowed; use one of %s", region, strings.Join(regions, ", "))
			}
			if r.Type != droplet {
				return
			}
			if slug, ok := r.Get("size").Text(); ok && !slices.Contains(sizes, slug) {
				r.Deny("the size %q is not allowed; use one of %s", slug, strings.Join(sizes, ", "))
			}
		},
	}
}

func anys(list []string) []any {
	all := make([]any, len(list))
	for i, s := range list {
		all[i] = s
	}
	return all
}
