package workspace

import "github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

// Inputs are resources' inputs by URN. What is secret, or not known yet, is no
// figure and no plain text in them.
type Inputs map[string]map[string]any

// keep remembers what the resource was and will be. A replacement comes in
// parts, of which the one that deletes says only what was.
func (p *Plan) keep(m apitype.StepEventMetadata) {
	if p.Before == nil {
		p.Before, p.After = Inputs{}, Inputs{}
	}
	if m.Old != nil && m.Old.Custom {
		p.Before[m.URN] = m.Old.Inputs
	}
	gone := m.Op == apitype.OpDelete || m.Op == apitype.OpDeleteReplaced
	if m.New != nil && m.New.Custom && !gone {
		p.After[m.URN] = m.New.Inputs
	}
}
