package github

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"text/template"
)

// StackPlan is what the comment about plans says of one stack. No field is for
// an input's or output's value, on purpose: everybody reads a comment.
type StackPlan struct {
	Stack string
	Same  int // resources that stay as they are
	Steps []PlanStep
	// Refused is what stopped the plan and is no policy's; empty where nothing did.
	Refused  string
	Policies []PolicyResult
	// Cost is the difference in words; empty where there is none.
	Cost    string
	Changes []string // the parts of the difference
}

// PlanStep is one line of a plan.
type PlanStep struct{ Op, Type, Name, Why string }

// PolicyResult is what a policy said of a resource.
type PolicyResult struct {
	Policy, Name, Text string
	Mandatory          bool
}

// GitHub takes comments of up to 65,536 characters, and there are two zones.
const (
	planRows  = 40
	planText  = 300
	zoneLimit = 30000
)

//go:embed files/plan.md.tmpl
var planTemplate string

var planComment = template.Must(template.New("plan").Funcs(template.FuncMap{"cell": short}).Parse(planTemplate))

// Plans is the Markdown of a zone's stacks. log is where to read on; may be empty.
func Plans(zone, log string, plans []StackPlan) string {
	var b strings.Builder
	data := struct {
		Zone, Log string
		Plans     []StackPlan
	}{zone, log, plans}
	if err := planComment.Execute(&b, data); err != nil {
		panic(err) // a template of our own over strings of our own
	}
	return b.String()
}

// Head is the line about the plan as a whole.
func (p StackPlan) Head() string {
	switch {
	case p.Refused != "" || len(p.Violations()) > 0:
		return "refused"
	case len(p.Steps) == 0:
		return "no changes"
	case len(p.Steps) == 1:
		return "1 change"
	}
	return fmt.Sprintf("%d changes", len(p.Steps))
}

// Violations are what stops the plan.
func (p StackPlan) Violations() []PolicyResult { return p.said(true) }

// Advice is what does not.
func (p StackPlan) Advice() []PolicyResult { return p.said(false) }

func (p StackPlan) said(mandatory bool) (of []PolicyResult) {
	seen := map[PolicyResult]bool{} // the engine says some twice
	for _, r := range p.Policies {
		if r.Mandatory == mandatory && !seen[r] && len(of) < planRows {
			seen[r] = true
			of = append(of, r)
		}
	}
	return of
}

// Shown are the first steps, and More how many there are besides.
func (p StackPlan) Shown() []PlanStep { return p.Steps[:min(len(p.Steps), planRows)] }

// More is how many steps are not shown.
func (p StackPlan) More() int { return len(p.Steps) - len(p.Shown()) }

// Parts are the first changes of the price.
func (p StackPlan) Parts() []string { return p.Changes[:min(len(p.Changes), planRows)] }

// short is a value on one line of Markdown, cut where it is long.
func short(s string) string {
	if r := []rune(s); len(r) > planText {
		s = string(r[:planText]) + "…"
	}
	return cell(s)
}

// zones are the parts of the comment. cell keeps what they say from ending one.
var zones = regexp.MustCompile(`(?s)<!-- zone ([a-z]+) -->\n.*?<!-- end -->\n`)

// withZone puts a zone's part in place of the one that is there; core is first.
func withZone(old, zone, text string) string {
	if r := []rune(text); len(r) > zoneLimit {
		text = string(r[:zoneLimit]) + "…\n\nThe rest is in the log.\n"
	}
	part := map[string]string{}
	for _, m := range zones.FindAllStringSubmatch(old, -1) {
		part[m[1]] = m[0]
	}
	part[zone] = "<!-- zone " + zone + " -->\n" + text + "<!-- end -->\n"
	return "### What this pull request would change\n" + part["core"] + part["previews"]
}
