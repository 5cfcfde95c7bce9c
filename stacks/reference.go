package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks/config"
)

// platformOf reads the outputs of the platform that a stack stands on. They
// are known before anything of this stack is, in a preview too.
func platformOf(ctx *pulumi.Context, name string) (config.PlatformOutputs, error) {
	full := fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), name)
	ref, err := pulumi.NewStackReference(ctx, full, nil)
	if err != nil {
		return config.PlatformOutputs{}, fmt.Errorf("read the platform stack %s: %w; run `odooops up %s` first", full, err, name)
	}
	outputs := map[string]any{}
	for _, key := range []string{"kind", "region", "domain", "vpcId", "vpcCidr", "sshKeyFingerprint", "bastion"} {
		d, err := ref.GetOutputDetails(key)
		if err != nil {
			return config.PlatformOutputs{}, fmt.Errorf("read output %s of the platform stack %s: %w", key, full, err)
		}
		outputs[key] = d.Value
	}
	p, err := config.DecodePlatform(outputs)
	if err != nil {
		return p, fmt.Errorf("platform stack %s: %w", full, err)
	}
	return p, nil
}
