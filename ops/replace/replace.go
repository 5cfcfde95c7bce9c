package replace

import (
	"context"
	_ "embed" // stop.sh
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/workspace"
)

const (
	dropletType    = "digitalocean:index/droplet:Droplet"
	attachmentType = "digitalocean:index/volumeAttachment:VolumeAttachment"
	// marker is on a machine from the moment its replacement began: a run
	// that finds it goes on, a run that doesn't begins.
	marker = "odooops:replacing"
)

// Options of a replacement.
type Options struct {
	Stack  *workspace.Stack // opened with the program in replace mode
	Final  *workspace.Stack // the same, opened with the program as it always runs
	Cloud  *godo.Client
	Repair workspace.Repairer
	// Shell runs a command on the old machine.
	Shell func(ctx context.Context, cmd string) (string, error)
	// Renew are further resources to make anew with the machine, by URN: the
	// keys that the old one knows.
	Renew  []string
	DryRun bool
	Say    func(string)
}

// Result of a replacement.
type Result struct {
	Old     string         `json:"old"`
	New     string         `json:"new,omitempty"`
	Steps   []string       `json:"steps"`
	Resumed bool           `json:"resumed,omitempty"`
	Outputs map[string]any `json:"outputs,omitempty"`
}

// Run replaces the machine, or finishes a replacement.
func Run(ctx context.Context, o Options) (Result, error) {
	var r Result
	state, err := o.Stack.State(ctx)
	if err != nil {
		return r, err
	}
	if len(state.Pending) > 0 && !o.DryRun {
		if err := o.Stack.Settle(ctx, o.Repair); err != nil {
			return r, err
		}
		if state, err = o.Stack.State(ctx); err != nil {
			return r, err
		}
	}
	s, err := o.look(ctx, state)
	if err != nil {
		return r, err
	}
	r.Old, r.Resumed, r.Steps = s.old, s.begun, s.plan(o.Stack.Name)
	if o.DryRun {
		return r, nil
	}
	if s.begun {
		o.Say("a replacement has begun already: going on with it")
	}
	if !s.replaced {
		if err := o.takeDown(ctx, s); err != nil {
			return r, err
		}
	}
	if err := o.bringUp(ctx, s); err != nil {
		return r, err
	}
	if state, err = o.Stack.State(ctx); err != nil {
		return r, err
	}
	if d := state.ByType(dropletType); len(d) == 1 {
		r.New = string(d[0].ID)
	}
	r.Outputs = state.Outputs()
	return r, nil
}

// keyTypes open the repositories of backups.
var keyTypes = []string{"digitalocean:index/spacesKey:SpacesKey", "aws:iam/accessKey:AccessKey"}

// Keys are all keys of a stack's repositories, for Renew: the host knows some
// of them, and others have been on it during a restore.
func Keys(state workspace.State) []string {
	var urns []string
	for _, t := range keyTypes {
		for _, key := range state.ByType(t) {
			urns = append(urns, string(key.URN))
		}
	}
	return urns
}

// situation is how far the replacement is.
type situation struct {
	urn        string // the droplet's
	id         string // of the machine the state knows
	old        string // of the machine that goes
	volumes    []string
	attachment string   // urn; empty when the state has none
	begun      bool     // an earlier run started
	replaced   bool     // the state's machine is the new one already
	stranded   []string // what the state believes to run on it, but ran on the old one
	machine    *godo.Droplet
}

// look derives it from cloud and state.
func (o Options) look(ctx context.Context, state workspace.State) (situation, error) {
	var s situation
	droplets := state.ByType(dropletType)
	if len(droplets) == 0 {
		return s, fault.Newf("replace the host of "+o.Stack.Name, "run odooops up "+o.Stack.Name, "its state has no machine")
	}
	if len(droplets) > 1 {
		return s, fault.Newf("replace the host of "+o.Stack.Name, "", "its state has %d machines", len(droplets))
	}
	s.urn, s.id = string(droplets[0].URN), string(droplets[0].ID)
	s.old = s.id
	for _, r := range state.Resources {
		// The old machine waits for its deletion only between the making of the new one and the end of that up.
		if string(r.Type) == dropletType && r.Delete {
			s.begun, s.replaced, s.old = true, true, string(r.ID)
		}
		if string(r.Type) != attachmentType || r.Delete {
			continue
		}
		s.attachment = string(r.URN)
		if v, ok := r.Inputs["volumeId"].(string); ok {
			s.volumes = append(s.volumes, v)
		}
	}
	if s.stranded = state.Stranded(); len(s.stranded) > 0 {
		s.begun, s.replaced = true, true
	}
	id, err := strconv.Atoi(s.id)
	if err != nil {
		return s, fmt.Errorf("the machine's id %q is no number", s.id)
	}
	s.machine, _, err = o.Cloud.Droplets.Get(ctx, id)
	if isStatus(err, 404) {
		s.machine, err = nil, nil
	}
	if err != nil {
		return s, fmt.Errorf("look at droplet %s: %w", s.id, err)
	}
	if s.machine != nil {
		for _, t := range s.machine.Tags {
			if t == marker {
				s.begun = true
			}
		}
		// A machine without the marker and without its attachment is a new one
		// whose run was killed before the end.
		if !s.begun && s.attachment == "" {
			s.begun, s.replaced = true, true
		}
	}
	return s, nil
}

func (s situation) plan(stack string) []string {
	var steps []string
	if !s.replaced {
		if s.machine != nil {
			steps = append(steps, "mark droplet "+s.id+" with "+marker,
				"stop its containers cleanly (skipped when it does not answer)", "power it off", "detach its volume")
		}
		steps = append(steps, "let go of the protection of the machine, not of its data")
	}
	return append(steps, "make a new machine, attach the volume, move the reserved address, start everything on it",
		"delete the old machine", "check that nothing of "+stack+" is left to change")
}

// takeDown stops the old machine and frees its volume. Every step is done
// again harmlessly.
func (o Options) takeDown(ctx context.Context, s situation) error {
	if s.machine != nil {
		if err := o.Mark(ctx, s.machine.ID); err != nil {
			return err
		}
		o.stopContainers(ctx, s)
		if err := o.powerOff(ctx, s.machine.ID); err != nil {
			return err
		}
		if err := o.detach(ctx, s.machine.ID); err != nil {
			return err
		}
	}
	// The state learns that the volume is free; a machine that still counted it
	// as its own could not be deleted. Only these are asked for: the host's
	// Docker is gone.
	targets := []string{}
	if s.machine != nil {
		targets = append(targets, s.urn)
	}
	if s.attachment != "" {
		targets = append(targets, s.attachment)
	}
	if len(targets) > 0 {
		if _, err := o.Stack.Refresh(ctx, optrefresh.Target(targets)); err != nil {
			return err
		}
	}
	return o.Stack.Unprotect(ctx, s.urn)
}

// Mark says of a machine that its replacement has begun.
func (o Options) Mark(ctx context.Context, id int) error {
	_, _, err := o.Cloud.Tags.Create(ctx, &godo.TagCreateRequest{Name: marker})
	if err != nil && !isStatus(err, 409) && !isStatus(err, 422) {
		return fmt.Errorf("make the tag %s: %w", marker, err)
	}
	_, err = o.Cloud.Tags.TagResources(ctx, marker, &godo.TagResourcesRequest{
		Resources: []godo.Resource{{ID: strconv.Itoa(id), Type: godo.DropletResourceType}},
	})
	if err != nil {
		return fmt.Errorf("mark droplet %d: %w", id, err)
	}
	return nil
}

// stopScript runs on the old machine.
//
//go:embed stop.sh
var stopScript string

func (o Options) stopContainers(ctx context.Context, s situation) {
	if s.machine.Status != "active" {
		o.Say("the old machine is " + s.machine.Status + ": nothing to stop on it")
		return
	}
	o.Say("stopping the containers on the old machine")
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if _, err := o.Shell(ctx, stopScript); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		o.Say("the old machine was not stopped cleanly (" + first + "): Postgres will recover from its WAL")
	}
}

func (o Options) powerOff(ctx context.Context, id int) error {
	o.Say(fmt.Sprintf("powering droplet %d off", id))
	return o.until(ctx, fmt.Sprintf("power droplet %d off", id), 3*time.Minute, func() (bool, error) {
		d, _, err := o.Cloud.Droplets.Get(ctx, id)
		if isStatus(err, 404) {
			return true, nil
		}
		if err != nil || d.Status == "off" {
			return err == nil, err
		}
		_, _, err = o.Cloud.DropletActions.PowerOff(ctx, id)
		if isStatus(err, 422) { // another action is at work
			err = nil
		}
		return false, err
	})
}

func (o Options) detach(ctx context.Context, id int) error {
	o.Say("detaching the volume")
	return o.until(ctx, fmt.Sprintf("detach the volumes of droplet %d", id), 3*time.Minute, func() (bool, error) {
		d, _, err := o.Cloud.Droplets.Get(ctx, id)
		if isStatus(err, 404) {
			return true, nil
		}
		if err != nil || len(d.VolumeIDs) == 0 {
			return err == nil, err
		}
		for _, v := range d.VolumeIDs {
			_, _, err := o.Cloud.StorageActions.DetachByDropletID(ctx, v, id)
			if err != nil && !isStatus(err, 422) && !isStatus(err, 404) {
				return false, err
			}
		}
		return false, nil
	})
}

// until asks again until it is so.
func (o Options) until(ctx context.Context, what string, limit time.Duration, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	wait := 200 * time.Millisecond
	for {
		done, err := ask()
		if done {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return fault.Newf(what, "run the command again: it goes on here", "not done within %s", limit)
		case <-time.After(wait):
			wait = min(2*wait, 5*time.Second)
		}
	}
}

// bringUp makes the new machine and everything on it. Where the old one still
// is the state's machine the engine is told to replace it, whatever the diff
// says; else an ordinary up finishes what is missing.
func (o Options) bringUp(ctx context.Context, s situation) error {
	if len(s.stranded) > 0 {
		if err := o.Stack.Forget(ctx, s.stranded); err != nil {
			return err
		}
	}
	anew := slices.Clone(o.Renew)
	if !s.replaced && s.machine != nil {
		anew = append(anew, s.urn)
	}
	if !s.replaced && s.machine == nil {
		// Gone behind our back: the state must not try to delete it.
		if _, err := o.Stack.Refresh(ctx, optrefresh.Target([]string{s.urn})); err != nil {
			return err
		}
	}
	if _, err := o.Stack.Up(ctx, optup.Replace(anew)); err != nil {
		return err
	}
	plan, err := o.Final.Preview(ctx)
	if err != nil || plan.Empty() {
		return err
	}
	// The new machine gets the protection that the old one had.
	_, err = o.Final.Up(ctx)
	return err
}

func isStatus(err error, code int) bool {
	var e *godo.ErrorResponse
	return errors.As(err, &e) && e.Response != nil && e.Response.StatusCode == code
}
