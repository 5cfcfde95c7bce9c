package badprograms

import (
	"strings"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks/config"
)

var (
	imageID  = "sha256:" + strings.Repeat("1", 64)
	imageRef = "registry.example.com/odooops/odoo@" + imageID
)

// goodContainer is one that no policy has anything against.
func goodContainer(ctx *pulumi.Context) *docker.ContainerArgs {
	labels, kind := docker.ContainerLabelArray{}, ctx.Stack()
	if strings.HasPrefix(kind, "preview-pr-") {
		kind = config.KindPreview
	}
	for _, l := range [][2]string{
		{"odooops.stack", ctx.Stack()}, {"odooops.role", "odoo"}, {"odooops.kind", kind},
		{"odooops.backend", "b"}, {"odooops.owner", "ann"}, {"odooops.created", "2026-01-02T03:04:05Z"},
	} {
		labels = append(labels, docker.ContainerLabelArgs{Label: pulumi.String(l[0]), Value: pulumi.String(l[1])})
	}
	return &docker.ContainerArgs{
		Name: pulumi.String(ctx.Stack() + "-odoo"), Image: pulumi.String(imageID),
		Memory: pulumi.Int(640), MemorySwap: pulumi.Int(640), Labels: labels,
		NetworkMode: pulumi.String("none"),
		LogDriver:   pulumi.String("json-file"),
		LogOpts:     pulumi.StringMap{"max-size": pulumi.String("10m"), "max-file": pulumi.String("5")},
	}
}

// container declares goodContainer with a change.
func container(ctx *pulumi.Context, change func(*docker.ContainerArgs)) error {
	args := goodContainer(ctx)
	change(args)
	_, err := docker.NewContainer(ctx, "odoo", args)
	return err
}

// inbound declares a firewall with one rule.
func inbound(ctx *pulumi.Context, rule digitalocean.FirewallInboundRuleArgs) error {
	_, err := digitalocean.NewFirewall(ctx, "firewall", &digitalocean.FirewallArgs{
		Name: pulumi.String(ctx.Stack()), InboundRules: digitalocean.FirewallInboundRuleArray{rule},
	})
	return err
}

// everybody is the internet.
var everybody = pulumi.StringArray{pulumi.String("0.0.0.0/0"), pulumi.String("::/0")}
