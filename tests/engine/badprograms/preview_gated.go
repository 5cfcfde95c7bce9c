package badprograms

import (
	"time"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/stacks/config"
)

// previewGated shows a preview to everybody who guesses its name.
func previewGated() Program {
	return Program{Policy: "preview-gated", Stack: "preview-pr-7", Kind: config.KindPreview, Run: func(ctx *pulumi.Context, late Late) error {
		ctx.Export("expiresAt", pulumi.String(time.Now().AddDate(0, 0, 3).UTC().Format(time.RFC3339)))
		routes, err := edge.Odoo(edge.Routes{Hostname: "pr-7.preview.example.com", Backend: edge.Address, HTTPPort: 8069, WebsocketPort: 8072})
		if err != nil {
			return err
		}
		return container(ctx, func(a *docker.ContainerArgs) {
			labels := a.Labels.(docker.ContainerLabelArray)
			for name, value := range edge.Label(routes) {
				labels = append(labels, docker.ContainerLabelArgs{Label: pulumi.String(name), Value: late.Text(value)})
			}
			a.Labels = labels
		})
	}}
}
