package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/odooops/odooops/ops/fault"
)

// Half is a resource whose creation was interrupted: the engine asked for it
// and never heard the answer.
type Half struct {
	URN    string
	Type   string
	Inputs map[string]any // secrets in it are encrypted
	Host   string         // of a docker resource: its provider's host, ssh://USER@ADDRESS
	Region string         // its provider's, as Profile; only AWS's has them
	// Profile of the shared credentials file.
	Profile string
}

// Verdict on a half-made resource.
type Verdict struct {
	ID   string // what exists is to be adopted under this id; empty: nothing is left of it
	Note string // one line for the operator
}

// Repairer looks at the real world for what an interrupted creation left:
// adopts what can be adopted, and removes what can't (a machine without its
// data, a key whose secret was never heard).
type Repairer interface {
	// Repair is given the ids the state already knows, which are never touched.
	Repair(ctx context.Context, h Half, known map[string]bool) (Verdict, error)
}

// Settle brings a state with pending operations to one without. Interrupted
// updates, deletions and reads are only forgotten: the next update does them again.
//
// While a run is alive its state has pending operations too: those are its own,
// and the answer is ErrLocked. Whoever called read the state before it was
// known that nobody is at work; so it is read once more.
func (s *Stack) Settle(ctx context.Context, repair Repairer) error {
	if err := s.idle(ctx); err != nil {
		return err
	}
	state, err := s.State(ctx)
	if err != nil || len(state.Pending) == 0 {
		return err
	}
	known := map[string]bool{}
	for _, r := range state.Resources {
		known[string(r.Type)+"/"+string(r.ID)] = true
	}
	adopt := map[string]string{} // urn → id
	for _, p := range state.Pending {
		if p.Type != apitype.OperationTypeCreating {
			continue
		}
		h := Half{
			URN: string(p.Resource.URN), Type: string(p.Resource.Type), Inputs: p.Resource.Inputs,
			Host:   state.providerInput(p.Resource.Provider, "host"),
			Region: state.providerInput(p.Resource.Provider, "region"), Profile: state.providerInput(p.Resource.Provider, "profile"),
		}
		v, err := repair.Repair(ctx, h, known)
		if err != nil {
			return fault.New("settle "+nameOf(h.URN)+", whose creation was interrupted",
				fmt.Sprintf("look for it in the cloud, then run pulumi refresh -s %s", s.Name), err)
		}
		if v.Note != "" {
			s.progress.Say(short(h.Type) + " " + nameOf(h.URN) + ": " + v.Note)
		}
		if v.ID != "" {
			adopt[h.URN] = v.ID
		}
	}
	if err := s.rewrite(ctx, adopt); err != nil {
		return err
	}
	if len(adopt) == 0 {
		return nil
	}
	// The provider fills in what only it knows. No more than these are asked
	// for: a refresh of everything would dial every host.
	urns := make([]string, 0, len(adopt))
	for urn := range adopt {
		urns = append(urns, urn)
	}
	_, err = s.Refresh(ctx, optrefresh.Target(urns))
	return err
}

// rewrite takes the pending operations out of the state and puts those that are
// adopted among its resources, with all that the program had said of them.
// (The engine's own way, refresh --import-pending-creates, loses them when the
// refresh is targeted.)
func (s *Stack) rewrite(ctx context.Context, adopt map[string]string) error {
	d, err := s.auto.Export(ctx)
	if err != nil {
		return s.explain("read the state of "+s.Name, err)
	}
	if d.Deployment, err = settled(d.Deployment, adopt); err != nil {
		return fmt.Errorf("settle the state of %s: %w", s.Name, err)
	}
	return s.unlocked(ctx, func() error {
		if err := s.auto.Import(ctx, d); err != nil {
			return s.explain("settle the state of "+s.Name, err)
		}
		return nil
	})
}

// settled is a deployment without pending operations. Everything it doesn't
// know stays as it is.
func settled(deployment json.RawMessage, adopt map[string]string) (json.RawMessage, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(deployment, &top); err != nil {
		return nil, err
	}
	var resources []json.RawMessage
	var operations []struct {
		Resource map[string]any `json:"resource"`
		Type     string         `json:"type"`
	}
	if err := json.Unmarshal(top["resources"], &resources); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(top["pending_operations"], &operations); err != nil {
		return nil, err
	}
	for _, o := range operations {
		if o.Type != string(apitype.OperationTypeCreating) {
			continue
		}
		urn, _ := o.Resource["urn"].(string)
		id, ok := adopt[urn]
		if !ok {
			continue
		}
		o.Resource["id"] = id
		if o.Resource["outputs"] == nil {
			o.Resource["outputs"] = o.Resource["inputs"]
		}
		r, err := json.Marshal(o.Resource)
		if err != nil {
			return nil, err
		}
		resources = append(resources, r)
	}
	var err error
	if top["resources"], err = json.Marshal(resources); err != nil {
		return nil, err
	}
	delete(top, "pending_operations")
	return json.Marshal(top)
}

// Unprotect lets go of every protected resource of the stack.
func (s *Stack) Unprotect(ctx context.Context, urns ...string) error {
	args := []string{"state", "unprotect", "--yes", "--stack", s.Name}
	if len(urns) == 0 {
		args = append(args, "--all")
	}
	for _, u := range urns {
		if err := s.run(ctx, "unprotect "+nameOf(u), append(args, u)...); err != nil {
			return err
		}
	}
	if len(urns) == 0 {
		return s.run(ctx, "unprotect "+s.Name, args...)
	}
	return nil
}

func (s *Stack) run(ctx context.Context, what string, args ...string) error {
	_, stderr, _, err := s.engine.Run(ctx, s.auto.Workspace().WorkDir(), nil, nil, nil, nil, args...)
	if err != nil {
		return fault.Newf(what, "", "%s", strings.TrimSpace(lastLines(stderr, 3)))
	}
	return nil
}

// providerInput is an input of the provider of a reference (URN::ID).
func (s State) providerInput(ref, key string) string {
	for _, r := range s.Resources {
		if strings.HasPrefix(ref, string(r.URN)+"::") {
			value, _ := r.Inputs[key].(string)
			return value
		}
	}
	return ""
}
