package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/odooops/odooops/stacks/config"
)

// Facts are what is known of the operation.
type Facts struct {
	// Stack is its name, Kind one of stacks/config. Kind is empty for a stack
	// that says none; then the rules of every kind hold.
	Stack, Kind string
	// Preview says that nothing is changed, and values may be unknown.
	Preview bool
	// LetGo says that the stack's config lifts the protection of its data
	// (odooops:protect is "false"), as whoever deletes the stack does first.
	LetGo bool
	// Tags are the stack's, in its backend.
	Tags map[string]string
}

// MayBe says whether the stack is of one of the kinds, or of none that is told.
func (f Facts) MayBe(kinds ...string) bool { return f.Kind == "" || slices.Contains(kinds, f.Kind) }

// OutsideProduction says whether no customer of the company uses the stack.
func (f Facts) OutsideProduction() bool { return f.Kind != config.KindProduction }

// Resource is what is declared, with its inputs (Check) or outputs (CheckStack).
type Resource struct {
	Facts
	Settings
	Type, Name, URN string
	// Parent and Dependencies are URNs; Dependencies is for CheckStack only.
	Parent    string
	Protected bool
	// CreateTimeout is how long its creation may take, such as 2h0m0s; empty
	// where the resource doesn't say.
	CreateTimeout string
	Dependencies  map[string][]string // by input

	properties property.Map
	findings   *Findings
}

// Stack is all that is declared.
type Stack struct {
	Facts
	Settings
	Resources []*Resource

	findings *Findings
}

// Get is a property; one that is not set is Absent.
func (r *Resource) Get(name string) Value {
	return Value{of: r, path: name, value: r.properties.Get(name)}
}

// All are the properties, in order.
func (r *Resource) All() []Value {
	var all []Value
	for name, v := range r.properties.AllStable {
		all = append(all, Value{of: r, path: name, value: v})
	}
	return all
}

// Deny refuses the resource. The message says what is wrong and what to do.
func (r *Resource) Deny(format string, args ...any) {
	r.findings.add(r.URN, fmt.Sprintf(format, args...))
}

// NotYet says that a value which decides is not known yet. In an update, where
// all that a resource needs is known, that is a refusal.
func (r *Resource) NotYet(path string) {
	if !r.Preview {
		r.Deny("%s is not known, so that nobody can say whether it may be", path)
		return
	}
	r.findings.notYet(r.URN, path)
}

// OfType are the resources of a type.
func (s *Stack) OfType(typ string) []*Resource {
	var found []*Resource
	for _, r := range s.Resources {
		if r.Type == typ {
			found = append(found, r)
		}
	}
	return found
}

// Root is the stack's own resource, whose properties are its outputs; nil when
// there is none yet.
func (s *Stack) Root() *Resource {
	if roots := s.OfType("pulumi:pulumi:Stack"); len(roots) > 0 {
		return roots[0]
	}
	return nil
}

// Deny refuses the stack; what is wrong with one resource is said by its own.
func (s *Stack) Deny(format string, args ...any) {
	s.findings.add("", fmt.Sprintf(format, args...))
}

// Settings are a policy's config, defaults filled in.
type Settings map[string]any

// Strings is a setting that is a list.
func (s Settings) Strings(name string) []string {
	var list []string
	values, _ := s[name].([]any)
	for _, v := range values {
		list = append(list, fmt.Sprint(v))
	}
	return list
}

// Number is a setting that is a number.
func (s Settings) Number(name string) float64 {
	n, _ := s[name].(float64)
	return n
}

// Text is a setting that is a string.
func (s Settings) Text(name string) string {
	t, _ := s[name].(string)
	return t
}

// Bool is a setting that is true or false.
func (s Settings) Bool(name string) bool {
	b, _ := s[name].(bool)
	return b
}

// Finding is one thing that a policy says.
type Finding struct{ URN, Message string }

// Findings are what one policy says.
type Findings struct{ Denied, Unknown []Finding }

func (f *Findings) add(urn, message string) {
	f.Denied = append(f.Denied, Finding{urn, message})
}

func (f *Findings) notYet(urn, path string) {
	found := Finding{urn, path}
	if !slices.Contains(f.Unknown, found) {
		f.Unknown = append(f.Unknown, found)
	}
}

// KindOf is the kind of a stack by its config, and where that says none, as
// with previews, whose config is in no file, by its name.
func KindOf(stack, configured string) string {
	switch {
	case configured != "":
		return configured
	case strings.HasPrefix(stack, "preview-pr-"):
		return config.KindPreview
	case strings.HasPrefix(stack, "restore-"):
		return config.KindRestore
	}
	return ""
}
