package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/odooops/odooops/localcloud/records"
)

// An action is data: its type says what to do to the machines (perform) and
// what is true afterwards (finish). So an action cut short by a kill is simply
// done again after the restart.
const (
	actionCreate     = "create"
	actionDestroy    = "destroy"
	actionPowerOn    = "power_on"
	actionPowerOff   = "power_off"
	actionShutdown   = "shutdown"
	actionReboot     = "reboot"
	actionPowerCycle = "power_cycle"
	actionResize     = "resize"
	actionRename     = "rename"
	actionAttach     = "attach"
	actionDetach     = "detach"
	actionAssign     = "assign_ip"
	actionUnassign   = "unassign_ip"

	inProgress = "in-progress"
	completed  = "completed"
	errored    = "errored"
)

func (a *API) actions() {
	a.read("GET /v2/actions", func(c *call) (any, error) {
		return page(c, "actions", newestFirst(c.state, func(*records.Action) bool { return true }))
	})
	a.read("GET /v2/actions/{action}", func(c *call) (any, error) {
		return c.action(func(*records.Action) bool { return true })
	})
}

// action finds the action of the path among those that belong.
func (c *call) action(belongs func(*records.Action) bool) (any, error) {
	id, err := c.number("action")
	if err != nil {
		return nil, err
	}
	action, ok := c.state.Actions[id]
	if !ok || !belongs(action) {
		return nil, notFound()
	}
	return object{"action": action}, nil
}

func newestFirst(s *records.State, belongs func(*records.Action) bool) []*records.Action {
	list := slices.DeleteFunc(records.Sorted(s.Actions), func(x *records.Action) bool { return !belongs(x) })
	slices.Reverse(list)
	return list
}

// pending says whether a droplet has an action under way; it takes one at a time.
func pending(s *records.State, droplet int) bool {
	for _, x := range s.Actions {
		if x.ResourceID == droplet && x.Status == inProgress {
			return true
		}
	}
	return false
}

func refusePending(s *records.State, droplet int) error {
	if pending(s, droplet) {
		return unprocessable("Droplet already has a pending event.")
	}
	return nil
}

// begin records an action and sees it through: at once without machines, in
// the background with them.
func (a *API) begin(c *call, x records.Action) *records.Action {
	x.ID, x.Status, x.StartedAt = c.state.NextID(), inProgress, a.Now().UTC()
	c.state.Actions[x.ID] = &x
	if a.Effects == nil {
		a.finish(c.state, &x, nil)
		return &x
	}
	started := x
	c.then(func(context.Context) error {
		go a.see(started)
		return nil
	})
	return &x
}

// see performs an action and records how it ended.
func (a *API) see(x records.Action) {
	failure := a.perform(a.context, x)
	if a.context.Err() != nil {
		return // the cloud is stopping: Resume does it again
	}
	if failure != nil {
		a.Log.Error("action failed", "action", x.ID, "type", x.Type, "droplet", x.ResourceID, "resource", x.Resource, "error", failure)
	}
	err := a.Store.Update(func(s *records.State) error {
		if recorded, ok := s.Actions[x.ID]; ok {
			a.finish(s, recorded, failure)
		}
		return nil
	})
	if err != nil {
		a.Log.Error("action not recorded", "action", x.ID, "error", err)
	}
}

// Resume does again what was under way when the cloud was killed, in the
// background as it was: a database's shutdown takes minutes.
func (a *API) Resume() {
	var cut []records.Action
	a.Store.View(func(s *records.State) {
		for _, x := range records.Sorted(s.Actions) {
			if x.Status == inProgress {
				cut = append(cut, *x)
			}
		}
	})
	for _, x := range cut {
		if a.Effects == nil { // started with machines, resumed without: the records decide
			_ = a.Store.Update(func(s *records.State) error { a.finish(s, s.Actions[x.ID], nil); return nil })
			continue
		}
		go a.see(x)
	}
}

// perform makes the machines do it.
func (a *API) perform(ctx context.Context, x records.Action) error {
	switch x.Type {
	case actionCreate, actionPowerOn:
		return a.up(ctx, x.ResourceID)
	case actionDestroy:
		return a.Effects.DropletGone(ctx, x.ResourceID)
	case actionPowerOff, actionShutdown:
		return a.Effects.DropletDown(ctx, x.ResourceID, x.Type == actionShutdown)
	case actionReboot, actionPowerCycle:
		if err := a.Effects.DropletDown(ctx, x.ResourceID, x.Type == actionReboot); err != nil {
			return err
		}
		return a.up(ctx, x.ResourceID)
	case actionAttach, actionDetach:
		v, ok := a.volume(x.Resource)
		if !ok {
			return fmt.Errorf("volume %s is gone", x.Resource)
		}
		if x.Type == actionAttach {
			return a.Effects.VolumeAttached(ctx, x.ResourceID, v)
		}
		return a.Effects.VolumeDetached(ctx, x.ResourceID, v)
	case actionAssign, actionUnassign:
		if err := a.Effects.AddressesChanged(ctx, x.ResourceID); err != nil {
			return err
		}
		return a.Effects.FirewallsChanged(ctx)
	default: // resize and the like only change records; they count at the next boot
		return nil
	}
}

// up boots a droplet, and lets the others know whose firewalls name it by id
// or by tag: they know it by its addresses.
func (a *API) up(ctx context.Context, id int) error {
	if err := a.Effects.DropletUp(ctx, id); err != nil {
		return err
	}
	return a.Effects.FirewallsChanged(ctx)
}

// finish records what is true after the action.
func (a *API) finish(s *records.State, x *records.Action, failure error) {
	now := a.Now().UTC()
	x.CompletedAt, x.Status = &now, completed
	d := s.Droplets[x.ResourceID]
	if failure != nil {
		x.Status, x.Message = errored, failure.Error()
		if d != nil && x.Type == actionCreate {
			d.Status = "off" // not "new": whoever waits for it must not wait for ever
		}
		return
	}
	if d == nil {
		return
	}
	switch x.Type {
	case actionCreate, actionPowerOn, actionReboot, actionPowerCycle:
		d.Status = "active"
	case actionPowerOff, actionShutdown:
		d.Status = "off"
	case actionDestroy:
		forgetDroplet(s, d)
	case actionAttach:
		attach(s, d, x.Resource)
	case actionDetach:
		detach(s, d, x.Resource)
	}
}

// respondAction is what the action routes answer.
func respondAction(x *records.Action) (any, error) { return object{"action": x}, nil }

// routeActions serves the lists of actions of one resource.
func (a *API) routeActions(prefix string, belongs func(*call, *records.Action) bool) {
	a.read("GET "+prefix+"/actions", func(c *call) (any, error) {
		return page(c, "actions", newestFirst(c.state, func(x *records.Action) bool { return belongs(c, x) }))
	})
	a.read(fmt.Sprintf("%s %s/actions/{action}", http.MethodGet, prefix), func(c *call) (any, error) {
		return c.action(func(x *records.Action) bool { return belongs(c, x) })
	})
}
