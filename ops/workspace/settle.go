package workspace

import (
	"context"
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

// Settle brings a state with pending creations to one without. Interrupted
// updates and deletions need nothing: the next update does them again.
func (s *Stack) Settle(ctx context.Context, state State, repair Repairer) error {
	known := map[string]bool{}
	for _, r := range state.Resources {
		known[string(r.Type)+"/"+string(r.ID)] = true
	}
	var adopt []optrefresh.PendingCreate
	creations := 0
	for _, p := range state.Pending {
		if p.Type != apitype.OperationTypeCreating {
			continue
		}
		creations++
		h := Half{
			URN: string(p.Resource.URN), Type: string(p.Resource.Type), Inputs: p.Resource.Inputs,
			Host: state.providerHost(p.Resource.Provider),
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
			adopt = append(adopt, optrefresh.PendingCreate{URN: h.URN, ID: v.ID})
		}
	}
	if creations == 0 {
		return nil
	}
	// A target keeps the refresh from dialling every host; the stack itself is
	// always there and costs nothing.
	target := ""
	for _, r := range state.Resources {
		if r.Type == "pulumi:pulumi:Stack" {
			target = string(r.URN)
		}
	}
	opts := []optrefresh.Option{}
	if len(adopt) > 0 {
		opts = append(opts, optrefresh.ImportPendingCreates(adopt))
	}
	opts = append(opts, optrefresh.ClearPendingCreates())
	if target != "" && len(adopt) == 0 {
		opts = append(opts, optrefresh.Target([]string{target}))
	}
	_, err := s.Refresh(ctx, opts...)
	return err
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

// providerHost is the docker host of a provider reference (URN::ID).
func (s State) providerHost(ref string) string {
	for _, r := range s.Resources {
		if strings.HasPrefix(ref, string(r.URN)+"::") {
			host, _ := r.Inputs["host"].(string)
			return host
		}
	}
	return ""
}
