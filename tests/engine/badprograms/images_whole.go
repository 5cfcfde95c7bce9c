package badprograms

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// imagesWhole installs what it needs each time that it starts.
func imagesWhole() Program {
	return Program{Policy: "images-whole", Run: func(ctx *pulumi.Context, late Late) error {
		return container(ctx, func(a *docker.ContainerArgs) {
			a.Command = pulumi.StringArray{pulumi.String("sh"), pulumi.String("-c"), late.Text("pip install phonenumbers && odoo")}
		})
	}}
}
