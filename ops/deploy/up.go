package deploy

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"

	"github.com/odooops/odooops/ops/cost"
	"github.com/odooops/odooops/ops/workspace"
)

// UpOptions of an update.
type UpOptions struct {
	Stack  *workspace.Stack
	Kind   string
	Repair workspace.Repairer // for what an interrupted run left half-made
	// AllowReplace are things of production in the cloud that may be replaced or
	// deleted, as TYPE:NAME; what is protected stays refused.
	AllowReplace []string
	DryRun       bool
	Say          func(string)
}

// UpResult of an update.
type UpResult struct {
	Plan    workspace.Plan `json:"plan"`
	Changed bool           `json:"changed"`
	Outputs map[string]any `json:"outputs"`
	// Cost is what the plan changes in the stack's price; nil where nothing.
	Cost *cost.Difference `json:"cost,omitempty"`
}

// Up brings the stack to what its config declares, after a look at what that
// would take away. Without changes nothing is contacted but the backend, so
// that it answers in seconds when a host is down.
func Up(ctx context.Context, o UpOptions) (UpResult, error) {
	state, err := o.Stack.State(ctx)
	if err != nil {
		return UpResult{}, err
	}
	if len(state.Pending) > 0 && !o.DryRun {
		o.Say(fmt.Sprintf("an earlier run was interrupted during %d steps: looking at what they left", len(state.Pending)))
		if err := o.Stack.Settle(ctx, o.Repair); err != nil {
			return UpResult{}, err
		}
	}
	if lost := state.Stranded(); len(lost) > 0 && !o.DryRun {
		o.Say(fmt.Sprintf("a replacement of the machine was interrupted: %d containers, networks and images are made again on the new one", len(lost)))
		if err := o.Stack.Forget(ctx, lost); err != nil {
			return UpResult{}, err
		}
	}
	failed := state.FailedJobs()
	if len(failed) > 0 {
		o.Say("run again, because they failed: " + names(failed))
	}
	if len(failed) > 0 && !o.DryRun {
		// Not by replacing them: the engine would make the new one first, and
		// the old one has its name. Who needs a result has none now.
		if _, err := o.Stack.Destroy(ctx, optdestroy.Target(failed), optdestroy.TargetDependents()); err != nil {
			return UpResult{}, err
		}
		failed = nil
	}
	plan, err := o.Stack.Preview(ctx, optpreview.Replace(failed))
	r := UpResult{Plan: plan, Outputs: state.Outputs()}
	if err != nil {
		return r, explain(o.Stack.Name, o.Kind, err)
	}
	if d := cost.OfPlan(plan); len(d.Changes) > 0 {
		r.Cost = &d
	}
	if err := guard(o.Stack.Name, o.Kind, plan, o.AllowReplace); err != nil {
		return r, err
	}
	if o.DryRun || plan.Empty() {
		return r, nil
	}
	o.Say(fmt.Sprintf("%d changes, %d resources stay as they are", len(plan.Steps), plan.Same))
	r.Plan, err = o.Stack.Up(ctx)
	r.Changed = true
	if err != nil {
		return r, err
	}
	state, err = o.Stack.State(ctx)
	r.Outputs = state.Outputs()
	return r, err
}

// names are the last parts of URNs.
func names(urns []string) string {
	list := make([]string, len(urns))
	for i, urn := range urns {
		list[i] = urn[strings.LastIndex(urn, ":")+1:]
	}
	return strings.Join(list, ", ")
}
