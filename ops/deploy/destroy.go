package deploy

import (
	"context"
	"fmt"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
)

// DestroyOptions of a destroy.
type DestroyOptions struct {
	Stack *workspace.Stack
	// HoldsData says that the stack's kind is one whose data nobody makes
	// again; then Confirm has to repeat the stack's name.
	HoldsData bool
	Confirm   string
	// Dependents are other stacks that stand on this one and still exist.
	Dependents []string
	DryRun     bool
}

// DestroyResult of a destroy.
type DestroyResult struct {
	Plan      workspace.Plan `json:"plan"`
	Protected []string       `json:"protected,omitempty"`
}

// Destroy deletes everything of a stack, or nothing: the engine's own destroy
// deletes around what is protected, so the refusal comes before it.
func Destroy(ctx context.Context, o DestroyOptions) (DestroyResult, error) {
	var r DestroyResult
	name := o.Stack.Name
	if len(o.Dependents) > 0 {
		return r, fault.Newf("destroy "+name, "run "+ending(o.Dependents[0])+" first",
			"%s stand on it", strings.Join(o.Dependents, ", "))
	}
	state, err := o.Stack.State(ctx)
	if err != nil {
		return r, err
	}
	for _, p := range state.Protected() {
		typ := string(p.Type)
		r.Protected = append(r.Protected, typ[strings.LastIndex(typ, ":")+1:]+" "+p.URN.Name())
		r.Plan.Steps = append(r.Plan.Steps, workspace.Step{URN: string(p.URN), Type: typ, Name: p.URN.Name(), Op: "delete", Protected: true})
	}
	if len(r.Protected) > 0 {
		return r, fault.Newf("destroy "+name, letGo(name),
			"it holds what is protected; nothing was deleted:\n  %s", strings.Join(r.Protected, "\n  "))
	}
	if o.DryRun {
		r.Plan = planOf(state)
		return r, nil
	}
	if o.HoldsData && o.Confirm != name {
		return r, fault.Newf("destroy "+name, "run odooops destroy "+name+" --confirm "+name,
			"nothing of it is protected any more, and its data goes with it; nothing was deleted")
	}
	r.Plan, err = o.Stack.Destroy(ctx)
	if err != nil {
		return r, err
	}
	return r, o.Stack.Remove(ctx)
}

// ending is the command that ends a stack.
func ending(stack string) string {
	if number, ok := strings.CutPrefix(stack, "preview-pr-"); ok {
		return "odooops pr down --number " + number
	}
	if config.IsRestore(stack) {
		return "odooops ttl sweep --zone core when its hour is over"
	}
	return "odooops destroy " + stack
}

// letGo is the explicit way, in steps that are not typed by accident: a
// committed line of config, an update that lifts the protection (and lets the
// bucket be emptied), and the name again on the command line.
func letGo(name string) string {
	return fmt.Sprintf("to delete its data for good: take a backup elsewhere, set odooops:protect: \"false\" in Pulumi.%s.yaml, run odooops up %s, then odooops destroy %s --confirm %s",
		name, name, name, name)
}

func planOf(state workspace.State) workspace.Plan {
	var p workspace.Plan
	for _, r := range state.Resources {
		if r.Custom {
			p.Steps = append(p.Steps, workspace.Step{URN: string(r.URN), Type: string(r.Type), Name: r.URN.Name(), Op: "delete"})
		}
	}
	return p
}
