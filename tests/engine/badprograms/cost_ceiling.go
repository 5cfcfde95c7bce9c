package badprograms

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// costCeiling takes a hundred times the disk that a staging needs.
func costCeiling() Program {
	return staging("cost-ceiling", func(ctx *pulumi.Context, late Late) error { return volume(ctx, late.Number(2000)) })
}
