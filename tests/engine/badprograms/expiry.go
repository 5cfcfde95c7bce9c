package badprograms

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks/config"
)

// expiry is a preview that nobody ever ends.
func expiry() Program {
	return Program{Policy: "expiry", Stack: "preview-pr-7", Kind: config.KindPreview, Run: func(ctx *pulumi.Context, late Late) error {
		ctx.Export("expiresAt", late.Text("2099-01-01T00:00:00Z"))
		return nil
	}}
}
