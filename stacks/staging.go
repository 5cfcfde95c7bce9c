package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks/config"
)

// staging is production's rehearsal: smaller, closed, and gone one day.
func staging(ctx *pulumi.Context, values map[string]string, o Options) error {
	c, err := config.ParseStaging(values)
	if err != nil {
		return err
	}
	base, err := platformOf(ctx, c.Platform)
	if err != nil {
		return err
	}
	c.Complete(base.Domain)
	s, err := newSite(ctx, marks{kind: config.KindStaging, backend: c.BackendID}, c.Site, base, 0, o)
	if err != nil {
		return err
	}
	if err := s.uptime(ctx, ""); err != nil {
		return err
	}
	outputs, err := contained{
		Gate: c.Gate, User: "staging", Password: c.EdgePassword, MailLabel: c.Hostname + "-mail",
	}.on(ctx, s)
	if err != nil {
		return err
	}
	outputs["data"] = pulumi.String("new")
	outputs["expiresAt"] = pulumi.String(c.ExpiresAt)
	s.export(ctx, outputs)
	return nil
}
