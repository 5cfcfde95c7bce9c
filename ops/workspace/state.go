package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// State is what the backend remembers of a stack.
type State struct {
	Resources []apitype.ResourceV3
	Pending   []apitype.OperationV2
	Updated   *time.Time // when it last changed

	secrets *apitype.SecretsProvidersV1
}

// State reads it; secrets stay encrypted.
func (s *Stack) State(ctx context.Context) (State, error) {
	d, err := s.auto.Export(ctx)
	if err != nil {
		return State{}, s.explain("read the state of "+s.Name, err)
	}
	var v apitype.DeploymentV3
	if len(d.Deployment) == 0 || string(d.Deployment) == "null" {
		return State{}, nil
	}
	if err := json.Unmarshal(d.Deployment, &v); err != nil {
		return State{}, fmt.Errorf("read the state of %s: %w", s.Name, err)
	}
	return StateOf(v), nil
}

// StateOf is a deployment that was read without the engine.
func StateOf(v apitype.DeploymentV3) State {
	st := State{Resources: v.Resources, Pending: v.PendingOperations, secrets: v.SecretsProviders}
	if !v.Manifest.Time.IsZero() {
		st.Updated = &v.Manifest.Time
	}
	return st
}

// Protected are the resources that a destroy must not take.
func (s State) Protected() []apitype.ResourceV3 {
	var out []apitype.ResourceV3
	for _, r := range s.Resources {
		if r.Protect {
			out = append(out, r)
		}
	}
	return out
}

// ByType are the live resources of a type.
func (s State) ByType(typ string) []apitype.ResourceV3 {
	var out []apitype.ResourceV3
	for _, r := range s.Resources {
		if string(r.Type) == typ && !r.Delete {
			out = append(out, r)
		}
	}
	return out
}

// Custom counts the resources that exist somewhere else than in the state.
func (s State) Custom() int {
	n := 0
	for _, r := range s.Resources {
		if r.Custom && !r.External && len(r.Type) > 0 && !isProvider(string(r.Type)) {
			n++
		}
	}
	return n
}

func isProvider(typ string) bool { return len(typ) > 17 && typ[:17] == "pulumi:providers:" }

// Outputs are the root stack's outputs that are no secrets, from the state
// alone: no start of the CLI for each.
func (s State) Outputs() map[string]any {
	for _, r := range s.Resources {
		if r.Type == "pulumi:pulumi:Stack" {
			out := map[string]any{}
			for k, v := range r.Outputs {
				if !encrypted(v) {
					out[k] = v
				}
			}
			return out
		}
	}
	return nil
}

// secretSignature marks an encrypted value in a state.
const secretSignature = "4dabf18193072939515e22adb298388d"

func encrypted(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	_, ok = m[secretSignature]
	return ok
}
