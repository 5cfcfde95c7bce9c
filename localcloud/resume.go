package localcloud

import (
	"context"
	"errors"
	"sync"

	"github.com/odooops/odooops/localcloud/records"
)

// resume says everything again that the records say, because machines may
// have been stopped, and finishes what a kill cut short. A machine that won't
// boot is logged, and does not keep the others from it.
func (c *Cloud) resume(ctx context.Context) error {
	if c.effects == nil {
		c.api.Resume()
		return nil
	}
	var vpcs []string
	var active []int
	c.store.View(func(s *records.State) {
		for id := range s.VPCs {
			vpcs = append(vpcs, id)
		}
		for id, d := range s.Droplets {
			if d.Status == "active" && !d.Deleting {
				active = append(active, id)
			}
		}
	})
	var failed error
	for _, id := range vpcs {
		failed = errors.Join(failed, c.effects.VPCUp(ctx, id))
	}
	if failed != nil {
		return failed
	}
	var boots sync.WaitGroup
	for _, id := range active {
		boots.Go(func() {
			if err := c.effects.DropletUp(ctx, id); err != nil {
				c.config.Log.Error("droplet not resumed", "droplet", id, "error", err)
			}
		})
	}
	boots.Wait()
	c.api.Resume()
	return nil
}
