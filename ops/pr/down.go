package pr

import (
	"context"
	"errors"
	"fmt"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
)

// DownResult of a preview's end.
type DownResult struct {
	Stack   string             `json:"stack"`
	Existed bool               `json:"existed"`
	Plan    workspace.Plan     `json:"plan"`
	Seconds map[string]float64 `json:"seconds"`
}

// DownOptions of a preview's end.
type DownOptions struct {
	Stack  string
	Cancel bool // first clear the lock of a run that is dead
	DryRun bool
}

// Down deletes everything of a preview. What is gone already is no error, so
// that a closed pull request may say it twice.
func (s *Shop) Down(ctx context.Context, o DownOptions) (r DownResult, err error) {
	r = DownResult{Stack: o.Stack}
	t := newTimer()
	defer func() { r.Seconds = t.result() }()
	number := 0
	_, _ = fmt.Sscanf(o.Stack, "preview-pr-%d", &number)
	defer func() { err = busy(number, "down", err) }()

	known, err := s.state(ctx, o.Stack)
	if err != nil {
		return r, err
	}
	if known == nil {
		if o.DryRun {
			return r, nil
		}
		return r, s.leave(ctx, o.Stack)
	}
	r.Existed = true
	state := workspace.StateOf(*known)
	if len(state.Protected()) > 0 {
		return r, fault.Newf("destroy "+o.Stack, "look at it: pulumi stack -s "+o.Stack+" -u", "something of it is protected, which no preview declares")
	}
	if o.DryRun {
		for _, res := range state.Resources {
			if res.Custom {
				r.Plan.Steps = append(r.Plan.Steps, workspace.Step{URN: string(res.URN), Type: string(res.Type), Name: res.URN.Name(), Op: "delete"})
			}
		}
		return r, nil
	}
	st, _, err := s.open(ctx, o.Stack, nil, false)
	if errors.Is(err, workspace.ErrNoStack) {
		return r, s.leave(ctx, o.Stack) // somebody else was faster
	}
	if err != nil {
		return r, err
	}
	if o.Cancel {
		if err := st.Cancel(ctx); err != nil {
			return r, err
		}
	}
	t.done("open")
	if err := s.mendForDown(ctx, st, o.Stack, state); err != nil {
		return r, err
	}
	if state.Custom() > 0 || len(state.Pending) > 0 {
		if r.Plan, err = st.Destroy(ctx); err != nil {
			return r, err
		}
	}
	t.done("destroy")
	// The place is given back when nothing is on it, and before the stack is
	// forgotten: a place without a stack would be an orphan.
	if err := s.release(ctx, o.Stack); err != nil {
		return r, err
	}
	t.done("release")
	if err := st.Remove(ctx); err != nil {
		return r, err
	}
	t.done("remove")
	return r, s.forget(o.Stack)
}

// mendForDown makes a destroy possible that the state alone does not allow.
func (s *Shop) mendForDown(ctx context.Context, st *workspace.Stack, stack string, state workspace.State) error {
	if len(state.Pending) > 0 {
		s.Say(fmt.Sprintf("%s: an earlier run was interrupted during %d steps: looking at what they left", stack, len(state.Pending)))
		if err := st.Settle(ctx, s.Repair); err != nil {
			return err
		}
	}
	// Of a dedicated droplet the way in is in its outputs.
	if out, err := config.DecodeOdoo(state.Outputs()); err == nil && out.VolumeID != "" {
		return s.reach(stack, out)
	}
	tags, err := s.Backend.Tags(ctx, stack)
	if err != nil {
		return err
	}
	if lost := moved(state, tags, s.Host.HostID); len(lost) > 0 {
		// The volumes came along to the new host; the marks say whose they are.
		s.Say(stack + ": its host was replaced: what ran there is gone, its volumes are removed by their marks")
		if err := st.Forget(ctx, lost); err != nil {
			return err
		}
		return s.clear(ctx, stack)
	}
	return nil
}

// clear removes by marks what a stack has on the host.
func (s *Shop) clear(ctx context.Context, stack string) error {
	on, err := s.host()
	if err != nil {
		return err
	}
	inv, err := on.Inventory(ctx)
	if err != nil {
		return err
	}
	of := inv.Of(stack)
	if len(of) == 0 {
		return nil
	}
	return on.Remove(ctx, s.Pattern["backendId"], of)
}

// leave is a down of what has no stack: the place may still be taken.
func (s *Shop) leave(ctx context.Context, stack string) error {
	if err := s.release(ctx, stack); err != nil {
		return err
	}
	return s.forget(stack)
}

// release gives the place back; with no host there is none.
func (s *Shop) release(ctx context.Context, stack string) error {
	if s.Host.HostID == "" {
		return nil
	}
	return s.On.Release(ctx, stack)
}
