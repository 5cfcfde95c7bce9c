package workspace

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

// Step is what the engine does, or would do, to one resource.
type Step struct {
	URN       string   `json:"urn"`
	Type      string   `json:"type"`
	Name      string   `json:"name"`
	Op        string   `json:"op"` // create, update, replace, delete …
	Protected bool     `json:"protected,omitempty"`
	Why       []string `json:"why,omitempty"` // the inputs that changed, or force the replacement

	oldInputs map[string]any
	id        string
}

// ID is the resource's id in the cloud; empty before it exists.
func (s Step) ID() string { return s.id }

// Destroys says whether the step takes the resource away from under its users.
func (s Step) Destroys() bool {
	switch apitype.OpType(s.Op) {
	case apitype.OpDelete, apitype.OpReplace, apitype.OpCreateReplacement, apitype.OpDeleteReplaced:
		return true
	}
	return false
}

// Plan is a preview.
type Plan struct {
	Steps    []Step   `json:"steps"` // without what stays the same
	Same     int      `json:"same"`
	Problems []string `json:"problems,omitempty"`
	// Policies are what the policies said.
	Policies []PolicyResult `json:"policies,omitempty"`

	// Before and After are all resources with their inputs, for whoever reckons
	// what the plan costs.
	Before, After Inputs `json:"-"`
}

// PolicyResult is what one policy said of one resource, or of the stack.
type PolicyResult struct {
	Policy string `json:"policy"`
	Name   string `json:"name"` // the resource's
	Text   string `json:"text"`
	// Mandatory stops the operation; the others are advice.
	Mandatory bool `json:"mandatory"`
}

// Empty says whether nothing would change.
func (p Plan) Empty() bool { return len(p.Steps) == 0 }

// collector turns the engine's events into a plan and progress lines.
type collector struct {
	plan     Plan
	seen     map[string]bool
	progress Progress
}

func (c *collector) take(e events.EngineEvent) {
	switch {
	case e.ResourcePreEvent != nil:
		m := e.ResourcePreEvent.Metadata
		c.plan.add(m, c.seen)
		c.plan.keep(m)
		if changes(m.Op) && !e.ResourcePreEvent.Planning && isReal(m) {
			c.progress.Started(m.URN, verb(m.Op)+" "+short(m.Type)+" "+nameOf(m.URN))
		}
	case e.ResOutputsEvent != nil:
		m := e.ResOutputsEvent.Metadata
		c.plan.addOutputs(m, c.seen)
		if changes(m.Op) && !e.ResOutputsEvent.Planning {
			c.progress.Ended(m.URN, nil)
		}
	case e.ResOpFailedEvent != nil:
		c.progress.Ended(e.ResOpFailedEvent.Metadata.URN, errFailed)
	case e.DiagnosticEvent != nil:
		c.diagnose(*e.DiagnosticEvent)
	case e.PolicyEvent != nil:
		c.refuse(*e.PolicyEvent)
	case e.PolicyRemediationEvent != nil:
		c.progress.Say("  " + nameOf(e.PolicyRemediationEvent.ResourceURN) + ": corrected by policy " + e.PolicyRemediationEvent.PolicyName)
	}
}

// refuse takes what a policy says: a problem when it is mandatory.
func (c *collector) refuse(p apitype.PolicyEvent) {
	text := strings.TrimSpace(colors.Never.Colorize(p.Message))
	// What holds is the first line, and in the reference; what is wrong, the rest.
	if _, wrong, found := strings.Cut(text, "\n"); found {
		text = strings.TrimSpace(wrong)
	}
	said := PolicyResult{
		Policy: p.PolicyName, Name: nameOf(p.ResourceURN), Text: text,
		Mandatory: p.EnforcementLevel == string(apitype.Mandatory),
	}
	c.plan.Policies = append(c.plan.Policies, said)
	text = fmt.Sprintf("%s: %s (policy %s)", said.Name, text, said.Policy)
	if said.Mandatory {
		c.plan.Problems = append(c.plan.Problems, text)
	}
	c.progress.Say("  " + text)
}

func (c *collector) diagnose(d apitype.DiagnosticEvent) {
	if d.Ephemeral {
		return
	}
	text := strings.TrimSpace(colors.Never.Colorize(d.Message))
	if text == "" {
		return
	}
	if d.URN != "" {
		text = nameOf(d.URN) + ": " + text
	}
	switch d.Severity {
	case "error":
		c.plan.Problems = append(c.plan.Problems, text)
		c.progress.Say("  " + text)
	case "warning", "info#err":
		c.progress.Say("  " + text)
	}
}

// add keeps what changes; the parts of one replacement are one step.
func (p *Plan) add(m apitype.StepEventMetadata, seen map[string]bool) {
	if !changes(m.Op) {
		if m.Old == nil || m.New == nil || m.Old.Protect == m.New.Protect {
			p.Same++
			return
		}
		// To the engine this is no change; to what holds data it is the one that matters.
		m.Op, m.Diffs = apitype.OpUpdate, []string{"protect"}
	}
	if seen[m.URN] {
		return
	}
	seen[m.URN] = true
	s := Step{URN: m.URN, Type: m.Type, Name: nameOf(m.URN), Op: string(m.Op), Why: m.Diffs}
	if len(m.Keys) > 0 {
		s.Why = m.Keys
	}
	switch m.Op {
	case apitype.OpCreateReplacement, apitype.OpDeleteReplaced:
		s.Op = string(apitype.OpReplace)
	}
	if m.Old != nil {
		s.Protected = m.Old.Protect
		s.oldInputs = m.Old.Inputs
		s.id = m.Old.ID
	}
	p.Steps = append(p.Steps, s)
}

// isReal leaves out what exists in the engine only: the stack, components, providers.
func isReal(m apitype.StepEventMetadata) bool {
	s := m.New
	if s == nil {
		s = m.Old
	}
	return s != nil && s.Custom && !isProvider(m.Type)
}

// addOutputs makes changed outputs of the stack itself a step: the engine
// counts none, but other stacks read them.
func (p *Plan) addOutputs(m apitype.StepEventMetadata, seen map[string]bool) {
	if m.Type != "pulumi:pulumi:Stack" || changes(m.Op) || m.Old == nil || m.New == nil || seen[m.URN] {
		return
	}
	if reflect.DeepEqual(m.Old.Outputs, m.New.Outputs) {
		return
	}
	seen[m.URN] = true
	p.Steps = append(p.Steps, Step{URN: m.URN, Type: m.Type, Name: nameOf(m.URN), Op: string(apitype.OpUpdate), Why: []string{"outputs"}})
}

func changes(op apitype.OpType) bool {
	switch op {
	case apitype.OpSame, apitype.OpRead, apitype.OpReadReplacement, apitype.OpRefresh, apitype.OpReadDiscard, "":
		return false
	}
	return true
}

func verb(op apitype.OpType) string {
	switch op {
	case apitype.OpCreate:
		return "create"
	case apitype.OpUpdate:
		return "update"
	case apitype.OpDelete:
		return "delete"
	case apitype.OpCreateReplacement:
		return "create the replacement of"
	case apitype.OpDeleteReplaced:
		return "delete the replaced"
	default:
		return string(op)
	}
}

// nameOf is the resource's name, the last part of its URN.
func nameOf(urn string) string {
	if i := strings.LastIndex(urn, "::"); i >= 0 {
		return urn[i+2:]
	}
	return urn
}

// short is a type as one says it: digitalocean:index/droplet:Droplet → Droplet.
func short(typ string) string {
	return typ[strings.LastIndex(typ, ":")+1:]
}
