package main

import (
	"context"
	"time"

	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/stacks/config"
)

// programValues are what an operation adds to the stack's config for one run:
// when a staging ends. The first up decides that, ttlDays from then; the
// stack's tag is the truth ever after, and no later up moves it.
func (a *app) programValues(ctx context.Context, stack string, values map[string]string, dryRun bool) (map[string]string, error) {
	if values["kind"] != config.KindStaging {
		return nil, nil
	}
	c, err := config.ParseStaging(values)
	if err != nil {
		return nil, err
	}
	b, err := a.backend(config.Core)
	if err != nil {
		return nil, err
	}
	tags, err := b.Tags(ctx, stack)
	if err != nil {
		return nil, err
	}
	ends := tags[index.ExpiresAt]
	if ends == "" {
		now := time.Now().UTC()
		ends = now.AddDate(0, 0, c.TTLDays).Format(time.RFC3339)
		if !dryRun {
			err = b.SetTags(ctx, stack, map[string]string{index.ExpiresAt: ends, index.Created: now.Format(time.RFC3339)})
		}
	}
	return map[string]string{"expiresAt": ends}, err
}
