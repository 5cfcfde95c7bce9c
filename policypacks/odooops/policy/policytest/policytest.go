// Package policytest runs one policy on resources that a test writes down as
// plain Go: maps, lists, strings, numbers, and Unknown and Secret for what the
// engine makes of outputs.
package policytest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// Props are a resource's properties.
type Props map[string]any

// Unknown is a value that only the update knows.
var Unknown = property.New(property.Computed)

// Secret marks a value.
func Secret(v any) property.Value { return value(v).WithSecret(true) }

// Resource is one that a policy looks at.
type Resource struct {
	Type, Name string
	Props      Props
	Protected  bool
	// CreateTimeout is an option of the resource.
	CreateTimeout string
	// Dependencies are names of resources, by input.
	Dependencies map[string][]string
}

// Result is what a policy said.
type Result struct{ Denied, Unknown []policy.Finding }

// Case is where the policy runs: the zero value is a preview of production.
type Case struct {
	Stack, Kind string
	Update      bool
	LetGo       bool
	Tags        map[string]string
	Config      map[string]any
}

func (c Case) facts() policy.Facts {
	f := policy.Facts{Stack: c.Stack, Kind: c.Kind, Preview: !c.Update, LetGo: c.LetGo, Tags: c.Tags}
	if f.Stack == "" {
		f.Stack = "production"
	}
	if f.Kind == "" {
		f.Kind = policy.KindOf(f.Stack, "")
	}
	if f.Kind == "" {
		f.Kind = f.Stack
	}
	return f
}

// Run runs the policy on each resource, and on all as a stack.
func (c Case) Run(t *testing.T, p policy.Policy, all ...Resource) Result {
	t.Helper()
	var result Result
	var resources []policyx.AnalyzerResource
	for _, r := range all {
		f, err := p.OnResource(c.facts(), r.analyzer(), c.Config)
		require.NoError(t, err)
		result.add(f)
		resources = append(resources, r.analyzer())
	}
	f, err := p.OnStack(c.facts(), resources, c.Config)
	require.NoError(t, err)
	result.add(f)
	return result
}

// Fixed is the resource after the policy's Fix, and whether it changed.
func (c Case) Fixed(t *testing.T, p policy.Policy, r Resource) (property.Map, bool) {
	t.Helper()
	fixed, err := p.Fixed(c.facts(), r.analyzer(), c.Config)
	require.NoError(t, err)
	if fixed == nil {
		return property.Map{}, false
	}
	return *fixed, true
}

// Allows fails unless the policy has nothing to say.
func (c Case) Allows(t *testing.T, p policy.Policy, all ...Resource) {
	t.Helper()
	r := c.Run(t, p, all...)
	require.Empty(t, r.Denied, "%s denies", p.Name)
	require.Empty(t, r.Unknown, "%s waits", p.Name)
}

// Denies fails unless the policy refuses, with a message that has the text in it.
func (c Case) Denies(t *testing.T, p policy.Policy, text string, all ...Resource) {
	t.Helper()
	r := c.Run(t, p, all...)
	require.NotEmpty(t, r.Denied, "%s allows", p.Name)
	var messages []string
	for _, f := range r.Denied {
		messages = append(messages, f.Message)
	}
	require.Contains(t, join(messages), text)
}

// Waits fails unless the policy refuses nothing and says that this path is not
// known yet. In an update, where nothing is left to wait for, it must refuse.
func (c Case) Waits(t *testing.T, p policy.Policy, path string, all ...Resource) {
	t.Helper()
	r := c.Run(t, p, all...)
	require.Empty(t, r.Denied, "%s denies", p.Name)
	var paths []string
	for _, f := range r.Unknown {
		paths = append(paths, f.Message)
	}
	require.Contains(t, paths, path)
	c.Update = true
	require.NotEmpty(t, c.Run(t, p, all...).Denied, "%s lets what is unknown pass in an update", p.Name)
}

func (r *Result) add(f policy.Findings) {
	r.Denied = append(r.Denied, f.Denied...)
	r.Unknown = append(r.Unknown, f.Unknown...)
}

func urn(name string) string { return "urn:pulumi:test::odooops::test::" + name }

func (r Resource) analyzer() policyx.AnalyzerResource {
	properties := map[string]property.Value{}
	for name, v := range r.Props {
		properties[name] = value(v)
	}
	dependencies := map[string][]string{}
	for input, names := range r.Dependencies {
		for _, n := range names {
			dependencies[input] = append(dependencies[input], urn(n))
		}
	}
	var timeouts *pulumi.CustomTimeouts
	if r.CreateTimeout != "" {
		timeouts = &pulumi.CustomTimeouts{Create: r.CreateTimeout}
	}
	return policyx.AnalyzerResource{
		Type: r.Type, Name: r.Name, URN: urn(r.Name), Properties: property.NewMap(properties),
		Options:              pulumi.ResourceOptions{Protect: r.Protected, CustomTimeouts: timeouts},
		PropertyDependencies: dependencies,
	}
}

func value(v any) property.Value {
	p, err := policy.Of(plain(v))
	if err != nil {
		panic(err) // a test that can't be written down
	}
	return p
}

// plain makes maps of Props.
func plain(v any) any {
	switch v := v.(type) {
	case Props:
		return plain(map[string]any(v))
	case map[string]any:
		parts := map[string]any{}
		for name, part := range v {
			parts[name] = plain(part)
		}
		return parts
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = plain(e)
		}
		return list
	default:
		return v
	}
}

func join(lines []string) string {
	text := ""
	for _, l := range lines {
		text += l + "\n"
	}
	return text
}
