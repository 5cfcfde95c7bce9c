package badprograms

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// dataKept puts production's data where the next update may delete it.
func dataKept() Program {
	return Program{Policy: "data-kept", Decided: true, Run: func(ctx *pulumi.Context, late Late) error { return volume(ctx, late.Number(50)) }}
}
