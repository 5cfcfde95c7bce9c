package badprograms

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// imagesPinned runs whatever the tag names tomorrow.
func imagesPinned() Program {
	return Program{Policy: "images-pinned", Run: func(ctx *pulumi.Context, late Late) error {
		_, err := docker.NewRemoteImage(ctx, "odoo", &docker.RemoteImageArgs{Name: late.Text("odoo:19")})
		return err
	}}
}
