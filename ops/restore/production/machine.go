package production

import (
	"context"
	_ "embed" // production.py

	"github.com/odooops/odooops/ops/generation"
)

// Machine is a stack's host, as far as a restore works on it.
type Machine interface {
	List(ctx context.Context) (generation.Listing, error)
	Prepare(ctx context.Context, m generation.Making) (generation.Prepared, error)
	Adopt(ctx context.Context, id, image string, own generation.Own, say func(string)) error
	Finish(ctx context.Context, id string, g generation.Generation) error
	Flip(ctx context.Context, id string, containers []string, say func(string)) (generation.Flipped, error)
	Discard(ctx context.Context, id string) error
	Retire(ctx context.Context, keep int) ([]string, error)
	// Ask runs a verb of files/production.py.
	Ask(ctx context.Context, verb string, request, answer any, say func(string)) error
}

// SSH is the host itself.
type SSH struct{ *generation.Host }

var _ Machine = SSH{}

//go:embed files/production.py
var script string

// Ask runs a verb on the host.
func (s SSH) Ask(ctx context.Context, verb string, request, answer any, say func(string)) error {
	return s.Script.Ask(ctx, verb+", restoring "+s.Stack, generation.Source(script),
		map[string]any{"stack": s.Stack, "verb": verb, "request": request}, answer, say)
}
