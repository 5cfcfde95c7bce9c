package ttl

import (
	"context"

	"github.com/odooops/odooops/ops/previewhost"
	"github.com/odooops/odooops/stacks/config"
)

// OnHost is what lies on the previews' host.
type OnHost struct {
	Host    previewhost.Host
	Backend string
}

// Name for messages.
func (OnHost) Name() string { return "the preview host" }

// Things are docker's objects, and places without a preview.
func (h OnHost) Things(ctx context.Context) ([]Thing, error) {
	inv, err := h.Host.Inventory(ctx)
	if err != nil {
		return nil, err
	}
	var out []Thing
	for _, o := range inv.Objects {
		what := o.Kind
		if what == "volume" {
			what = "docker volume"
		}
		out = append(out, Thing{
			What: what, Name: o.Name, Stack: o.Stack, Kind: config.KindPreview, Backend: o.Backend,
			Created: age(o.Created), Extra: o,
		})
	}
	for _, a := range inv.Admitted {
		out = append(out, Thing{
			What: "place", Name: a.Stack, Stack: a.Stack, Kind: config.KindPreview, Backend: a.Backend, Created: age(a.Created),
			Extra: previewhost.Object{Kind: "admitted", Name: a.Stack, Stack: a.Stack, Backend: a.Backend, Created: a.Created},
		})
	}
	return out, nil
}

// Remove takes one away; the host looks at its mark again.
func (h OnHost) Remove(ctx context.Context, t Thing) error {
	return h.Host.Remove(ctx, h.Backend, []previewhost.Object{t.Extra.(previewhost.Object)})
}
