package badprograms

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// oneWorker gives a staging as many as production has.
func oneWorker() Program {
	return staging("one-worker", func(ctx *pulumi.Context, late Late) error {
		return holding(ctx, "/run/odooops/odoo.conf", late.Text(odooConf(addons, "4")))
	})
}
