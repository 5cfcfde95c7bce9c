package stacks

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/dns"
	"github.com/odooops/odooops/components/odoo"
	"github.com/odooops/odooops/stacks/config"
)

// edgeUser is what a preview's edge is told beside the password.
const edgeUser = "preview"

// pullRequest is one preview, wherever it runs.
type pullRequest struct {
	*config.Preview
	marks
	stack string
	host  config.PreviewHostOutputs
	// hostname and mailHostname are fully qualified.
	hostname, mailHostname string
	adminLogin             string
}

// preview is an environment for one pull request.
func preview(ctx *pulumi.Context, values map[string]string, o Options) error {
	c, err := config.ParsePreview(values)
	if err != nil {
		return err
	}
	host, err := previewHostOf(ctx, c.Host)
	if err != nil {
		return err
	}
	site, mail := config.PreviewNames(c.Number)
	p := &pullRequest{
		Preview: c, stack: ctx.Stack(), host: host,
		marks:    marks{kind: config.KindPreview, backend: c.BackendID, owner: c.Owner, created: c.Created, pr: strconv.Itoa(c.Number)},
		hostname: site + "." + host.PreviewDomain, mailHostname: mail + "." + host.PreviewDomain,
	}
	p.adminLogin = "admin@" + p.hostname
	// The sweep knows by it whose the other records are.
	if _, err := dns.NewRecord(ctx, host.Domain, dns.Record{
		Resource: p.stack + "-mark", Name: p.hostname, Type: "TXT",
		Value: pulumi.String(fmt.Sprintf("odooops backend=%s stack=%s kind=%s created=%s", p.backend, p.stack, p.kind, p.created)),
	}); err != nil {
		return err
	}
	export(ctx, pulumi.Map{
		"expiresAt":     pulumi.String(c.ExpiresAt),
		"data":          pulumi.String(p.data()),
		"template":      pulumi.String(c.Template),
		"templateImage": pulumi.String(c.TemplateImage),
		"number":        pulumi.Int(c.Number),
		"owner":         pulumi.String(c.Owner),
		"created":       pulumi.String(c.Created),
		"placement":     pulumi.String(c.Placement),
		"resetToken":    pulumi.String(c.ResetToken),
		"updates":       pulumi.Bool(c.Update),
	})
	if c.Placement == config.Dedicated {
		return p.dedicated(ctx, o)
	}
	return p.shared(ctx)
}

// data is what the database is made from, as the outputs say it.
func (p *pullRequest) data() string {
	if p.Template != "" {
		return "template " + p.Template
	}
	return p.Data
}

// password is derived: any runner gets the same, and none is in a file.
func (p *pullRequest) password(purpose string) string {
	return config.Derive(p.ZoneKey, p.stack, purpose)
}

// update is what the preview's image does about the modules that it changed.
func (p *pullRequest) update() *odoo.Update {
	if !p.Update && !p.Test {
		return nil
	}
	return &odoo.Update{Test: p.Test}
}
