package policy

import (
	"context"
	"fmt"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
)

// The stack's config that says its kind, and whether its data is protected.
const (
	kindKey    = "odooops:kind"
	protectKey = "odooops:protect"
)

// Serve runs the pack for the engine until that is done.
func Serve(name, version string, policies []Policy) error {
	g, err := newGuard(name, version, policies)
	if err != nil {
		return err
	}
	g.attach()
	return policyx.Main(func(ctx *pulumi.Context) (policyx.PolicyPack, error) {
		kind, _ := ctx.GetConfig(kindKey)
		protect, _ := ctx.GetConfig(protectKey)
		facts := Facts{
			Stack: ctx.Stack(), Kind: KindOf(ctx.Stack(), kind), Preview: ctx.DryRun(),
			LetGo: protect == "false", Tags: g.tags(),
		}
		parsed, err := semver.Parse(version)
		if err != nil {
			return nil, fmt.Errorf("the pack's version: %w", err)
		}
		var all []policyx.Policy
		for _, p := range policies {
			all = append(all, g.translate(p, facts)...)
		}
		return policyx.NewPolicyPack(name, parsed, policyx.EnforcementLevelMandatory, all)
	})
}

// translate makes of a policy what policyx runs: one for resources, one for
// the stack, one that fixes, all with the same name.
func (g *guard) translate(p Policy, facts Facts) []policyx.Policy {
	level := policyx.EnforcementLevelMandatory
	if p.Severity == Advisory {
		level = policyx.EnforcementLevelAdvisory
	}
	schema := &policyx.ConfigSchema{Properties: map[string]map[string]any{}}
	for _, s := range p.Config {
		schema.Properties[s.Name] = s.schema()
	}
	var all []policyx.Policy
	if p.Check != nil {
		all = append(all, policyx.NewResourceValidationPolicy(p.Name, policyx.ResourceValidationPolicyArgs{
			Description: p.Holds, EnforcementLevel: level, ConfigSchema: schema,
			ValidateResource: func(ctx context.Context, a policyx.ResourceValidationArgs) error {
				f, err := p.OnResource(facts, a.Resource, a.Config)
				tell(ctx, p.Name, f, a.Manager)
				return err
			},
		}))
	}
	if p.CheckStack != nil {
		all = append(all, policyx.NewStackValidationPolicy(p.Name, policyx.StackValidationPolicyArgs{
			Description: p.Holds, EnforcementLevel: level, ConfigSchema: schema,
			ValidateStack: func(ctx context.Context, a policyx.StackValidationArgs) error {
				all, err := g.declared.complete(a.Resources)
				if err != nil {
					return err
				}
				f, err := p.OnStack(facts, all, g.config(p.Name))
				tell(ctx, p.Name, f, a.Manager)
				return err
			},
		}))
	}
	if p.Fix != nil {
		all = append(all, policyx.NewResourceRemediationPolicy(p.Name, policyx.ResourceRemediationPolicyArgs{
			Description: p.Holds, ConfigSchema: schema,
			RemediateResource: func(_ context.Context, a policyx.ResourceRemediationArgs) (*property.Map, error) {
				return p.Fixed(facts, a.Resource, a.Config)
			},
		}))
	}
	return all
}

// OnResource runs Check. A check that panics is an error that names it.
func (p Policy) OnResource(facts Facts, res policyx.AnalyzerResource, config map[string]any) (f Findings, err error) {
	if p.Check == nil || !p.looksAt(res.Type) {
		return f, nil
	}
	defer named(p.Name, res.URN, &err)
	p.Check(newResource(facts, res, p.settings(config), &f))
	return f, nil
}

// OnStack runs CheckStack.
func (p Policy) OnStack(facts Facts, all []policyx.AnalyzerResource, config map[string]any) (f Findings, err error) {
	if p.CheckStack == nil {
		return f, nil
	}
	defer named(p.Name, "the stack", &err)
	s := &Stack{Facts: facts, Settings: p.settings(config), findings: &f}
	for _, res := range all {
		s.Resources = append(s.Resources, newResource(facts, res, s.Settings, &f))
	}
	p.CheckStack(s)
	return f, nil
}

// Fixed runs Fix; nil is no change.
func (p Policy) Fixed(facts Facts, res policyx.AnalyzerResource, config map[string]any) (fixed *property.Map, err error) {
	if p.Fix == nil || !p.looksAt(res.Type) {
		return nil, nil
	}
	defer named(p.Name, res.URN, &err)
	properties := res.Properties
	for name, value := range p.Fix(newResource(facts, res, p.settings(config), &Findings{})) {
		v, err := Of(value)
		if err != nil {
			return nil, fmt.Errorf("policy %s: the fix of %s: %w", p.Name, name, err)
		}
		properties = properties.Set(name, v)
		fixed = &properties
	}
	return fixed, nil
}

func newResource(facts Facts, res policyx.AnalyzerResource, settings Settings, f *Findings) *Resource {
	timeout := ""
	if t := res.Options.CustomTimeouts; t != nil {
		timeout = t.Create
	}
	return &Resource{
		Facts: facts, Settings: settings, findings: f,
		Type: res.Type, Name: res.Name, URN: res.URN, Parent: res.Parent,
		Protected: res.Options.Protect, CreateTimeout: timeout, Dependencies: res.PropertyDependencies, properties: res.Properties,
	}
}

// named turns a panic into an error: the run fails, and says whose fault it is.
func named(policy, what string, err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("policy %s broke on %s, which is a fault of the pack: %v", policy, what, cause)
	}
}
