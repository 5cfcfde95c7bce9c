// Package policy is the frame of the pack: what a policy is, how it looks at a
// resource or at a whole stack, and how the engine gets to hear of it. It knows
// no rule of its own.
//
// A check asks for values and says what it denies. A value that is not known
// yet, as in the first preview of a stack, is never guessed: whoever asks for
// it is told so, and the preview shows "not known yet" as advice. The update
// has the value, and decides.
package policy

// Severity is what a violation does.
type Severity string

const (
	// Mandatory stops the operation.
	Mandatory Severity = "mandatory"
	// Advisory is shown, and nothing is stopped.
	Advisory Severity = "advisory"
)

// Policy is one rule. Check and CheckStack may both be set.
type Policy struct {
	// Name is in kebab-case, and how config and the reference call it.
	Name     string
	Severity Severity
	// Holds is what holds true where the policy is kept: one sentence.
	Holds string
	// Why is what happens without it. Bad and Good are programs in Go, a few
	// lines each.
	Why, Bad, Good string
	Config         []Setting

	// Types are the resource types that Check and Fix look at, such as
	// docker:index/container:Container. Empty is all.
	Types []string
	// Check looks at a resource's inputs before anything is done with it, in a
	// preview and in an update.
	Check func(*Resource)
	// CheckStack looks at all resources with their outputs, at the end. In an
	// update all is made by then: what Check can see belongs there.
	CheckStack func(*Stack)
	// Fix changes a resource's inputs before Check sees them, where that is
	// safe: what it sets must not change what the resource does.
	Fix func(*Resource) map[string]any
}

// Setting is a value of a policy's config.
type Setting struct {
	Name string
	What string
	// Default is a string, a bool, a float64, or a list or map of them.
	Default any
}

// schema is the setting in JSON schema.
func (s Setting) schema() map[string]any {
	kind := "string"
	switch s.Default.(type) {
	case bool:
		kind = "boolean"
	case float64:
		kind = "number"
	case []any:
		kind = "array"
	case map[string]any:
		kind = "object"
	}
	return map[string]any{"type": kind, "description": s.What, "default": s.Default}
}

// looksAt says whether Check and Fix are for resources of the type.
func (p Policy) looksAt(typ string) bool {
	for _, t := range p.Types {
		if t == typ {
			return true
		}
	}
	return len(p.Types) == 0
}

// settings are the defaults with what is configured on top.
func (p Policy) settings(configured map[string]any) map[string]any {
	all := map[string]any{}
	for _, s := range p.Config {
		all[s.Name] = s.Default
	}
	for name, value := range configured {
		all[name] = value
	}
	return all
}
