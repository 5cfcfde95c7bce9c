package badprograms

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// addonsPath has the team's modules win over Odoo's.
func addonsPath() Program {
	return staging("addons-path", func(ctx *pulumi.Context, late Late) error {
		return holding(ctx, "/run/odooops/odoo.conf", late.Text(odooConf("/mnt/addons/ipai,/mnt/addons/odoo,/mnt/addons/oca", "1")))
	})
}
