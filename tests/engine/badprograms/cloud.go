package badprograms

import (
	"time"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks/config"
)

// ends gives a staging the expiry that it needs.
func ends(ctx *pulumi.Context) {
	ctx.Export("expiresAt", pulumi.String(time.Now().AddDate(0, 0, 30).UTC().Format(time.RFC3339)))
}

// staging is a program that is a good staging but for what run declares.
func staging(policy string, run func(*pulumi.Context, Late) error) Program {
	return Program{Policy: policy, Stack: config.KindStaging, Kind: config.KindStaging, Run: func(ctx *pulumi.Context, late Late) error {
		ends(ctx)
		return run(ctx, late)
	}}
}

// droplet declares a good one with a change.
func droplet(ctx *pulumi.Context, change func(*digitalocean.DropletArgs)) error {
	args := &digitalocean.DropletArgs{
		Name: pulumi.String(ctx.Stack()), Image: pulumi.String("debian-13-x64"),
		Region: pulumi.String("fra1"), Size: pulumi.String("s-1vcpu-2gb"),
		Tags: pulumi.StringArray{pulumi.String("odooops:kind:" + ctx.Stack()), pulumi.String("odooops:stack:" + ctx.Stack())},
	}
	change(args)
	_, err := digitalocean.NewDroplet(ctx, "machine", args)
	return err
}

// volume declares one of this size.
func volume(ctx *pulumi.Context, gib pulumi.IntInput, opts ...pulumi.ResourceOption) error {
	_, err := digitalocean.NewVolume(ctx, "data", &digitalocean.VolumeArgs{
		Name: pulumi.String(ctx.Stack() + "-data"), Region: pulumi.String("fra1"), Size: gib,
		Tags: pulumi.StringArray{pulumi.String("odooops:kind:" + ctx.Stack()), pulumi.String("odooops:stack:" + ctx.Stack())},
	}, opts...)
	return err
}

// holding declares a good container with a file in it.
func holding(ctx *pulumi.Context, path string, text pulumi.StringInput) error {
	return container(ctx, func(a *docker.ContainerArgs) {
		a.Uploads = docker.ContainerUploadArray{docker.ContainerUploadArgs{File: pulumi.String(path), Content: text}}
	})
}

// odooConf is an odoo.conf that no policy has anything against, but for these
// lines of it.
func odooConf(paths, workers string) string {
	return "[options]\naddons_path = " + paths + "\nworkers = " + workers +
		"\nmax_cron_threads = 1\nlimit_time_real_cron = 1800\nserver_wide_modules = base,rpc,web,odooops_mail\nmail_catcher = mail:1025\nlist_db = False\n"
}

const addons = "/mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai"
