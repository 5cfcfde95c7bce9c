package workspace

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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
	built, err := fs.Glob(os.DirFS(env["PULUMI_HOME"]), "plugins/analyzer-policy-odooops-v*/pulumi-analyzer-policy-odooops")
	if err != nil || len(built) == 0 {
		return policies{}, fault.New("find the policy pack", "run make build", errors.New("it is not in "+env["PULUMI_HOME"]))
	}
	found := policies{packs: []string{listed(filepath.Join(p.Root, "policypacks", "built"))}}
	config := filepath.Join(p.Root, PolicyConfig)
	text, err := os.ReadFile(config)
	if errors.Is(err, os.ErrNotExist) {
		return found, nil
	}
	var all map[string]any
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return policies{}, fault.Usage("read "+PolicyConfig, policyHelp, "%v", err)
	}
	found.configs = []string{listed(config)}
	return found, nil
}

// listed is a path as the engine's flag takes it, which is a list: a comma in
// it would make two.
func listed(path string) string {
	var field strings.Builder
	w := csv.NewWriter(&field)
	_ = w.Write([]string{path}) // to memory
	w.Flush()
	return strings.TrimSuffix(field.String(), "\n")
}

const policyHelp = "correct " + PolicyConfig + "; docs/policies.md lists the policies, and what can be set"

// misconfigured is a fault for what the engine or the pack said of the config.
func (p policies) misconfigured(what, said string) error {
	if len(p.configs) == 0 {
		return nil
	}
	for _, line := range strings.Split(said, "\n") {
		for _, sign := range []string{"the policy config ", "parsing enforcement level ", "validating policy config"} {
			if i := strings.Index(line, sign); i >= 0 {
				return fault.Usage(what, policyHelp, "%s", line[i:])
			}
		}
	}
	return nil
}

func (p policies) preview() []optpreview.Option {
	return []optpreview.Option{optpreview.PolicyPacks(p.packs...), optpreview.PolicyPackConfigs(p.configs...)}
}

func (p policies) up() []optup.Option {
	return []optup.Option{optup.PolicyPacks(p.packs...), optup.PolicyPackConfigs(p.configs...)}
}
