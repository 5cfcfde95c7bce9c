package badprograms

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// jobsBounded makes a backup every minute, each for as long as it takes.
func jobsBounded() Program {
	return Program{Policy: "jobs-bounded", Run: func(ctx *pulumi.Context, late Late) error {
		return holding(ctx, "/run/odooops/crontab", late.Text("* * * * * backup-run diff\n"))
	}}
}
