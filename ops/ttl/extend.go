package ttl

import (
	"context"
	"fmt"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/stacks/config"
)

// Tagged is a backend whose tags can be set.
type Tagged interface {
	Stacks(ctx context.Context) ([]string, error)
	Tags(ctx context.Context, stack string) (map[string]string, error)
	SetTags(ctx context.Context, stack string, tags map[string]string) error
}

// Extension is an expiry moved.
type Extension struct {
	Stack string `json:"stack"`
	From  string `json:"from"` // empty or unreadable when it had none
	To    string `json:"to"`
}

// Extend moves the end of a stack: by d, from its present end or from now when
// that is over. It is the only way to move it.
func Extend(ctx context.Context, b Tagged, zone config.Zone, kind, stack string, d time.Duration, now time.Time, dryRun bool) (Extension, error) {
	e := Extension{Stack: stack}
	what := "extend " + stack
	if !swept(zone, kind, stack) {
		return e, fault.Usage(what, "only previews, stagings and restores end", "it has no end")
	}
	if d <= 0 {
		return e, fault.Usage(what, "give --for a time such as 48h", "%s is no extension", d)
	}
	stacks, err := b.Stacks(ctx)
	if err != nil {
		return e, err
	}
	if !contains(stacks, stack) {
		return e, fault.Newf(what, "run odooops pr list", "the backend of zone %s has no such stack", zone)
	}
	tags, err := b.Tags(ctx, stack)
	if err != nil {
		return e, err
	}
	e.From = tags[index.ExpiresAt]
	from := now
	if at, err := index.Expiry(tags); err == nil && at.After(now) {
		from = at
	}
	if most := now.Add(config.LongestLife(kind)); from.Add(d).After(most) {
		next := "ask again later"
		if room := most.Sub(from).Truncate(time.Minute); room > 0 {
			next = fmt.Sprintf("give --for at most %s, or ask again later", room)
		}
		return e, fault.Usage(what, next, "it ends on %s, and a %s may end on %s at the latest", from.UTC().Format(time.DateOnly), kind, most.UTC().Format(time.DateOnly))
	}
	e.To = from.Add(d).UTC().Truncate(time.Second).Format(time.RFC3339)
	if dryRun {
		return e, nil
	}
	return e, b.SetTags(ctx, stack, map[string]string{index.ExpiresAt: e.To})
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
