package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/host"
	"github.com/odooops/odooops/components/host/cloudinit"
	"github.com/odooops/odooops/stacks/config"
)

// quarantine is the machine of one restore. Nobody gets in but through the
// bastion. It declares no containers: what runs on it, and which of that
// reaches the repositories, is operations' business.
func quarantine(ctx *pulumi.Context, values map[string]string, _ Options) error {
	c, err := config.ParseQuarantine(values)
	if err != nil {
		return err
	}
	base, err := platformOf(ctx, c.Platform)
	if err != nil {
		return err
	}
	hostKey, err := config.PublicKey(c.HostKey)
	if err != nil {
		return err
	}
	stack := ctx.Stack()
	m := marks{kind: config.KindRestore, backend: c.BackendID, owner: c.Owner, created: c.Created}
	machine, err := host.New(ctx, stack, host.Args{
		Name: stack, Stack: stack, Kind: m.kind, Marks: m.tags(), Role: cloudinit.RoleContained,
		Region: base.Region, Size: c.Size, VolumeSizeGB: c.VolumeSizeGB,
		VPC: pulumi.String(base.VPCID), SSHKey: pulumi.String(base.SSHKeyFingerprint),
		HostKey: c.HostKey, Login: base.Bastion.Through(c.SSHOperatorKey, "", ""),
		BastionTag: base.Bastion.Tag, SSHDir: config.SSHDir(stack), Closed: true, Passing: true,
	})
	if err != nil {
		return err
	}
	export(ctx, pulumi.Map{
		"kind":         pulumi.String(m.kind),
		"platform":     pulumi.String(c.Platform),
		"source":       pulumi.String(c.Source),
		"target":       pulumi.String(c.Target),
		"owner":        pulumi.String(c.Owner),
		"created":      pulumi.String(c.Created),
		"hostId":       machine.Droplet.ID(),
		"hostName":     machine.Droplet.Name,
		"size":         pulumi.String(c.Size),
		"volumeSizeGb": pulumi.Int(c.VolumeSizeGB),
		"privateIp":    machine.Droplet.Ipv4AddressPrivate,
		"hostKey":      pulumi.String(hostKey),
		"dataDir":      pulumi.String("/data/" + stack),
		"bastion":      bastionOutput(base.Bastion),
		// Waits until Docker answers there; nothing else of the stack does.
		"docker": machine.DockerHost,
	})
	return nil
}
