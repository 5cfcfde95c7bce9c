package gate

import (
	"context"

	"github.com/odooops/odooops/ops/modules"
)

// Modules finds drift between oca.lock.json, the submodules and an image.
type Modules struct {
	Dir   string
	Image string // compared too, where it is given
}

// Check is the gate.
func (g Modules) Check(ctx context.Context) (Report, error) {
	drift, err := modules.Verify(ctx, g.Dir, g.Image)
	if err != nil {
		return Report{}, err
	}
	r := Report{Checked: []string{modules.File}}
	if g.Image != "" {
		r.Checked = append(r.Checked, g.Image)
	}
	for _, d := range drift.Drift {
		cause := d.What
		if d.Repository != "" {
			cause = d.Repository + ": " + cause
		}
		r.fail(d.File, 0, d.Next, "%s", cause)
	}
	return r, nil
}
