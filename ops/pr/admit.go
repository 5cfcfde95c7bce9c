package pr

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/previewhost"
	"github.com/odooops/odooops/stacks/config"
)

// undo takes back what a refused preview had begun: only what this run made.
func (s *Shop) undo(ctx context.Context, b *build, cause error) error {
	if !b.created {
		return cause
	}
	ctx = context.WithoutCancel(ctx)
	if err := b.stack.Remove(ctx); err != nil {
		return errors.Join(cause, err)
	}
	return errors.Join(cause, s.forget(b.name))
}

// admit reserves the place, and learns which template is under the data.
func (s *Shop) admit(ctx context.Context, b *build) error {
	if b.placement != config.Shared {
		return nil
	}
	on, err := s.host()
	if err != nil {
		return err
	}
	a, err := on.Admit(ctx, b.request)
	var refusal *previewhost.Refusal
	if errors.As(err, &refusal) {
		s.freshen(ctx, refusal)
		return fault.New("pr up --number "+fmt.Sprint(b.number), refusal.Next(), refusal)
	}
	if err != nil {
		return err
	}
	if a.Template != nil {
		b.values["template"] = a.Template.ID
		if image := a.Template.Images["odoo"]; image != "" {
			b.values["templateImage"] = image
			if image != b.images.Odoo {
				b.values["update"] = "true"
			}
		}
	}
	return nil
}

// freshen puts the ends that the tags say into a refusal: the host knows the
// one of the last up, and an extension is no up.
func (s *Shop) freshen(ctx context.Context, r *previewhost.Refusal) {
	for i, other := range r.Others {
		tags, err := s.Backend.Tags(ctx, other.Stack)
		if err != nil || tags[index.ExpiresAt] == "" {
			continue // what the host knows is better than nothing
		}
		r.Others[i].ExpiresAt = tags[index.ExpiresAt]
	}
}

// mend deals with what an interrupted run, a replaced host or a failed job left.
func (s *Shop) mend(ctx context.Context, b *build) error {
	if b.created {
		return nil
	}
	if len(b.state.Pending) > 0 {
		s.Say(fmt.Sprintf("an earlier run was interrupted during %d steps: looking at what they left", len(b.state.Pending)))
		if err := b.stack.Settle(ctx, s.Repair); err != nil {
			return err
		}
	}
	if b.placement == config.Shared {
		if lost := moved(b.state, b.oldTags, s.Host.HostID); len(lost) > 0 {
			s.Say(fmt.Sprintf("the host was replaced: %d containers, networks and volumes are made again on the new one", len(lost)))
			return b.stack.Forget(ctx, lost)
		}
	}
	if failed := b.state.FailedJobs(); len(failed) > 0 {
		s.Say("run again, because they failed: " + names(failed))
		_, err := b.stack.Destroy(ctx, optdestroy.Target(failed), optdestroy.TargetDependents())
		return err
	}
	return nil
}

func names(urns []string) string {
	list := make([]string, len(urns))
	for i, urn := range urns {
		list[i] = urn[strings.LastIndex(urn, ":")+1:]
	}
	return strings.Join(list, ", ")
}
