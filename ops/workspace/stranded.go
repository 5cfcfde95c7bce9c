package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

const dropletType = "digitalocean:index/droplet:Droplet"

// Stranded are what the state believes to run on a machine that was replaced
// since: docker resources older than the machine they are replaced with. That
// is left by a replacement that was killed between the new machine and its
// containers; the engine sees no difference there, as it replaces them only
// together with the machine.
func (s State) Stranded() []string {
	machines := map[string]apitype.ResourceV3{}
	for _, d := range s.ByType(dropletType) {
		machines[string(d.URN)] = d
	}
	var urns []string
	for _, r := range s.Resources {
		if !strings.HasPrefix(string(r.Type), "docker:index/") || r.Delete || r.Created == nil {
			continue
		}
		for _, with := range append(r.ReplaceWith, r.DeletedWith) {
			if m, ok := machines[string(with)]; ok && m.Created != nil && r.Created.Before(*m.Created) {
				urns = append(urns, string(r.URN))
				break
			}
		}
	}
	return urns
}

// Forget drops resources from the state without touching anything, so that the
// next update makes them.
func (s *Stack) Forget(ctx context.Context, urns []string) error {
	if err := s.idle(ctx); err != nil {
		return err
	}
	d, err := s.auto.Export(ctx)
	if err != nil {
		return s.explain("read the state of "+s.Name, err)
	}
	if d.Deployment, err = without(d.Deployment, urns); err != nil {
		return fmt.Errorf("forget %d resources of %s: %w", len(urns), s.Name, err)
	}
	return s.unlocked(ctx, func() error {
		if err := s.auto.Import(ctx, d); err != nil {
			return s.explain(fmt.Sprintf("forget %d resources of %s", len(urns), s.Name), err)
		}
		return nil
	})
}

// without leaves out the live resources of these URNs; those that wait for
// their deletion stay.
func without(deployment json.RawMessage, urns []string) (json.RawMessage, error) {
	drop := map[string]bool{}
	for _, u := range urns {
		drop[u] = true
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(deployment, &top); err != nil {
		return nil, err
	}
	var resources, kept []json.RawMessage
	if err := json.Unmarshal(top["resources"], &resources); err != nil {
		return nil, err
	}
	for _, raw := range resources {
		var r struct {
			URN    string `json:"urn"`
			Delete bool   `json:"delete"`
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, err
		}
		if !drop[r.URN] || r.Delete {
			kept = append(kept, raw)
		}
	}
	var err error
	if top["resources"], err = json.Marshal(kept); err != nil {
		return nil, err
	}
	return json.Marshal(top)
}
