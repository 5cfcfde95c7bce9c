package stacks

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks/config"
)

// platformOf reads the outputs of the platform that a stack stands on. They
// are known before anything of this stack is, in a preview too.
func platformOf(ctx *pulumi.Context, name string) (config.PlatformOutputs, error) {
	outputs, err := outputsOf(ctx, config.KindPlatform, name, config.PlatformOutputs{})
	if err != nil {
		return config.PlatformOutputs{}, err
	}
	p, err := config.DecodePlatform(outputs)
	if err != nil {
		return p, fmt.Errorf("platform stack %s: %w", name, err)
	}
	return p, complete("platform", name, map[string]string{
		"region": p.Region, "domain": p.Domain, "vpcId": p.VPCID, "sshKeyFingerprint": p.SSHKeyFingerprint,
		"bastion.publicIp": p.Bastion.PublicIP, "bastion.hostKey": p.Bastion.HostKey, "bastion.tag": p.Bastion.Tag,
	})
}

// previewHostOf reads the outputs of the host that previews share.
func previewHostOf(ctx *pulumi.Context, name string) (config.PreviewHostOutputs, error) {
	outputs, err := outputsOf(ctx, config.KindPreviewHost, name, config.PreviewHostOutputs{})
	if err != nil {
		return config.PreviewHostOutputs{}, err
	}
	h, err := config.DecodePreviewHost(outputs)
	if err != nil {
		return h, fmt.Errorf("preview host stack %s: %w", name, err)
	}
	return h, complete("preview host", name, map[string]string{
		"previewDomain": h.PreviewDomain, "hostId": h.HostID, "publicIp": h.PublicIP, "privateIp": h.PrivateIP,
		"hostKey": h.HostKey, "bastion.publicIp": h.Bastion.PublicIP,
	})
}

// outputsOf are a stack's outputs by the names that the type reads. Secret ones
// come in plain: whoever declares something with them makes it secret again.
func outputsOf(ctx *pulumi.Context, kind, name string, as any) (map[string]any, error) {
	full := fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), name)
	ref, err := pulumi.NewStackReference(ctx, full, nil)
	if err != nil {
		return nil, fmt.Errorf("read the %s stack %s: %w; run `odooops up %s` first", kind, full, err, name)
	}
	outputs := map[string]any{}
	t := reflect.TypeOf(as)
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		d, err := ref.GetOutputDetails(key)
		if err != nil {
			return nil, fmt.Errorf("read output %s of the %s stack %s: %w", key, kind, full, err)
		}
		if d.Value != nil {
			outputs[key] = d.Value
		} else if d.SecretValue != nil {
			outputs[key] = d.SecretValue
		}
	}
	return outputs, nil
}

// complete refuses a stack whose update ended half-way: what is missing would
// be found out one by one later, by whoever needs it.
func complete(kind, name string, needed map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(needed)) {
		if needed[key] == "" {
			return fmt.Errorf("the %s stack %s is half-built: it has no %s; run `odooops up %s` until it succeeds", kind, name, key, name)
		}
	}
	return nil
}
