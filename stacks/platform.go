package stacks

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/bastion"
	"github.com/odooops/odooops/components/dns"
	"github.com/odooops/odooops/components/evidence"
	"github.com/odooops/odooops/components/network"
	"github.com/odooops/odooops/components/repository"
	"github.com/odooops/odooops/components/uptime"
	"github.com/odooops/odooops/stacks/config"
)

// platform is what everything else stands on: the private network, the zone,
// the operator's key and the way in, where evidence is kept, and who watches.
func platform(ctx *pulumi.Context, values map[string]string, o Options) error {
	c, err := config.ParsePlatform(values)
	if err != nil {
		return err
	}
	operator, err := config.PublicKey(c.SSHOperatorKey)
	if err != nil {
		return err
	}
	bastionKey, err := config.PublicKey(c.BastionHostKey)
	if err != nil {
		return err
	}
	stack := ctx.Stack()
	m := marks{kind: config.KindPlatform, backend: c.BackendID}

	net, err := network.New(ctx, stack, network.Args{Region: c.Region, CIDR: c.VPCCIDR})
	if err != nil {
		return err
	}
	if _, err := dns.NewZone(ctx, stack, c.Domain, c.Protect); err != nil {
		return err
	}
	key, err := digitalocean.NewSshKey(ctx, stack, &digitalocean.SshKeyArgs{
		Name: pulumi.String("odooops-" + stack), PublicKey: pulumi.String(operator),
	})
	if err != nil {
		return err
	}
	way, err := bastion.New(ctx, stack+"-bastion", bastion.Args{
		Stack: stack, Kind: m.kind, Marks: m.tags(), Region: c.Region,
		VPC: net.VPC.ID().ToStringOutput(), VPCCIDR: c.VPCCIDR, SSHKey: key.Fingerprint,
		AdminCIDRs: c.AdminCIDRs, HostKey: c.BastionHostKey, OperatorKey: operator,
		PreviewsKey: c.PreviewsOperatorKey,
	})
	if err != nil {
		return err
	}
	bucket, err := evidence.NewBucket(ctx, stack+"-evidence", evidence.Args{
		Domain: c.Domain, Region: c.Region, Protect: c.Protect,
	})
	if err != nil {
		return err
	}

	if _, err := uptime.New(ctx, stack+"-bastion", uptime.Args{
		Droplets: map[string]*digitalocean.Droplet{stack + "-bastion": way.Droplet}, Emails: c.AlertEmails,
	}); err != nil {
		return err
	}

	outputs := pulumi.Map{
		"kind":              pulumi.String(m.kind),
		"region":            pulumi.String(c.Region),
		"domain":            pulumi.String(c.Domain),
		"vpcId":             net.VPC.ID(),
		"vpcCidr":           pulumi.String(c.VPCCIDR),
		"sshKeyFingerprint": key.Fingerprint,
		"bastion": pulumi.Map{
			"hostId":    way.Droplet.ID(),
			"publicIp":  way.Droplet.Ipv4Address,
			"privateIp": way.Droplet.Ipv4AddressPrivate,
			"hostKey":   pulumi.String(bastionKey),
			"tag":       pulumi.String(way.Tag),
		},
		"evidenceBucket": bucket.Name,
		"alertEmails":    pulumi.ToStringArray(c.AlertEmails),
	}
	if c.Observability {
		w := watcher{Platform: c, marks: m, stack: stack, way: way, replace: o.ReplaceHost}
		if err := w.on(ctx, net, key, outputs); err != nil {
			return err
		}
	}
	if c.GitHubRepository != "" {
		if err := github(ctx, c, bucket.Name); err != nil {
			return err
		}
	}
	export(ctx, outputs)
	return nil
}

// github declares the repository's settings. Workflows get from the stack
// what anybody may read, and the secrets that were asked for.
func github(ctx *pulumi.Context, c *config.Platform, bucket pulumi.StringInput) error {
	secrets, err := repository.SecretsOf(c.GitHubSecrets)
	if err != nil {
		return &config.Error{Key: "githubSecrets", Problem: err.Error()}
	}
	public := map[string]pulumi.StringInput{
		"ODOOOPS_DOMAIN": pulumi.String(c.Domain), "ODOOOPS_REGION": pulumi.String(c.Region),
	}
	core := map[string]pulumi.StringInput{
		"ODOOOPS_DOMAIN": pulumi.String(c.Domain), "ODOOOPS_REGION": pulumi.String(c.Region),
		"ODOOOPS_EVIDENCE_BUCKET": bucket,
	}
	_, err = repository.New(ctx, ctx.Stack(), repository.Args{
		Repository: c.GitHubRepository, Reviewers: c.GitHubReviewers, Secrets: secrets,
		SecretScanning: c.GitHubSecretScanning,
		Variables: map[string]map[string]pulumi.StringInput{
			repository.Core: core, repository.Production: core, repository.Plan: core, repository.Previews: public,
		},
	})
	return err
}
