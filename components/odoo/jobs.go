package odoo

import (
	"maps"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
)

// initJob makes the database: it gets its own administrator, and no default
// accounts, before anybody can reach it.
func initJob(ctx *pulumi.Context, args Args, c hostdocker.Container) (*docker.Container, pulumi.StringOutput, error) {
	c.Role, c.Command = "odoo-init", []string{"odoo-init"}
	c.Env = maps.Clone(c.Env)
	m := args.Make
	if m.Modules != "" {
		c.Env["ODOO_INIT_MODULES"] = m.Modules
	}
	if m.Demo {
		c.Env["ODOO_DEMO"] = "1"
	}
	if m.Neutralize {
		c.Env["ODOO_NEUTRALIZE"], c.Env["ODOO_URL"], c.Env["ODOO_DOMAIN"] = "1", m.URL, m.Domain
	}
	c.Files = append(c.Files[:len(c.Files):len(c.Files)], hostdocker.File{
		Path: "/run/odooops/admin.json", Mode: "0600", Content: adminFile(*m),
	})
	return args.Docker.Once(ctx, c)
}

// updateJob updates the modules that changed. It runs again with each image.
func updateJob(ctx *pulumi.Context, args Args, c hostdocker.Container, done []pulumi.StringOutput) (*docker.Container, pulumi.StringOutput, error) {
	c.Role, c.Command = "odoo-update", []string{"odoo-update"}
	if args.Update.Test {
		c.Command = append(c.Command, "--test")
	}
	c.Results = append(c.Results[:len(c.Results):len(c.Results)], done...)
	return args.Docker.Once(ctx, c)
}

func adminFile(m Make) pulumi.StringOutput {
	text := m.AdminPassword.ToStringOutput().ApplyT(func(password string) (string, error) {
		return admin(m.AdminLogin, password)
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(text).(pulumi.StringOutput)
}
