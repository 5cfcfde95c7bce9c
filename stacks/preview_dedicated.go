package stacks

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks/config"
)

// dedicated gives the preview a droplet of its own: staging's composition,
// with demo data.
func (p *pullRequest) dedicated(ctx *pulumi.Context, o Options) error {
	base := config.PlatformOutputs{
		Region: p.host.Region, Domain: p.host.Domain, VPCID: p.host.VPCID,
		SSHKeyFingerprint: p.host.SSHKeyFingerprint, Bastion: p.host.Bastion,
		Telemetry: p.host.Telemetry, TelemetryToken: p.host.TelemetryToken,
	}
	label := func(hostname string) string { return strings.TrimSuffix(hostname, "."+base.Domain) }
	images := p.Images
	images.Traefik, images.Otel = p.host.Images.Traefik, p.host.Images.Otel
	s, err := newSite(ctx, p.marks, config.Site{
		Hostname: label(p.hostname), Size: p.Size, VolumeSizeGB: p.VolumeSizeGB, Images: images,
		AdminLogin: p.adminLogin, SSHOperatorKey: p.SSHOperatorKey,
		HostKey:              config.DeriveHostKey(p.ZoneKey, p.stack),
		PostgresPassword:     p.password(config.PurposePostgres),
		OdooDatabasePassword: p.password(config.PurposeDatabase),
		OdooAdminPassword:    p.password(config.PurposeAdmin),
		OdooMasterPassword:   p.password(config.PurposeMaster),
		RegistryToken:        p.RegistryToken,
	}, base, 0, o)
	if err != nil {
		return err
	}
	s.expiresAt = p.ExpiresAt
	outputs, err := contained{
		Gate: p.gate(), User: edgeUser, Password: p.password(config.PurposeEdge),
		MailLabel: label(p.mailHostname), Modules: p.Modules, Demo: true, Update: p.update(),
	}.on(ctx, s)
	if err != nil {
		return err
	}
	s.export(ctx, outputs)
	return nil
}

// gate lets in who may see any preview, and who may see this one.
func (p *pullRequest) gate() config.Gate {
	g := p.Gate
	g.AllowCIDRs = append(append([]string{}, p.host.AllowCIDRs...), p.AllowCIDRs...)
	return g
}
