package workspace

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
)

// PolicyConfig is the file in the checkout that configures policies, in the
// form that `pulumi preview --policy-pack-config` takes. It may be missing.
const PolicyConfig = "policies.json"

// policies are the packs that every preview and update of a stack keeps to.
type policies struct{ packs, configs []string }

// policiesOf finds the pack as it was built: what the engine would build itself
// takes it seconds each time.
func policiesOf(p *project.Project, env map[string]string) (policies, error) {
	built, err := filepath.Glob(filepath.Join(env["PULUMI_HOME"], "plugins", "analyzer-policy-odooops-v*", "pulumi-analyzer-policy-odooops"))
	if err != nil || len(built) == 0 {
		return policies{}, fault.New("find the policy pack", "run make build", errors.New("it is not in "+env["PULUMI_HOME"]))
	}
	found := policies{packs: []string{filepath.Join(p.Root, "policypacks", "built")}}
	config := filepath.Join(p.Root, PolicyConfig)
	switch _, err := os.Stat(config); {
	case err == nil:
		found.configs = []string{config}
	case !errors.Is(err, os.ErrNotExist):
		return policies{}, fault.New("read "+PolicyConfig, "correct its permissions", err)
	}
	return found, nil
}

func (p policies) preview() []optpreview.Option {
	return []optpreview.Option{optpreview.PolicyPacks(p.packs...), optpreview.PolicyPackConfigs(p.configs...)}
}

func (p policies) up() []optup.Option {
	return []optup.Option{optup.PolicyPacks(p.packs...), optup.PolicyPackConfigs(p.configs...)}
}
