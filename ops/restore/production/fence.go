package production

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/replace"
	"github.com/odooops/odooops/ops/workspace"
)

const (
	dropletType    = "digitalocean:index/droplet:Droplet"
	volumeType     = "digitalocean:index/volume:Volume"
	attachmentType = "digitalocean:index/volumeAttachment:VolumeAttachment"
)

// FenceOptions of taking a stack's host out of the world.
type FenceOptions struct {
	Replace replace.Options // without Renew
	Cloud   *godo.Client
	// Memory is the file that remembers what was fenced for which restore.
	Memory string
	// Wanted is the restore it is done for.
	Wanted string
	Say    func(string)
}

// Fenced is a machine that was taken out.
type Fenced struct {
	Old     string         `json:"old"`
	New     string         `json:"new"`
	Keys    int            `json:"keys"` // how many were made anew
	Outputs map[string]any `json:"-"`
	// Before says that an earlier run had done it.
	Before bool `json:"before,omitempty"`
}

// remembered is what keeps a restore that is run again from fencing the
// machine that it is about to fill.
type remembered struct {
	Wanted string `json:"wanted"`
	Old    string `json:"old"`
	// Done says that the new machine serves.
	Done bool `json:"done"`
	// At is when it was fenced.
	At time.Time `json:"at"`
}

// fenced is how long one that is done counts for the same wish: the next
// disaster needs one of its own.
const fenced = 24 * time.Hour

func (m remembered) of(wanted string, now time.Time) bool {
	age := now.Sub(m.At)
	return m.Wanted == wanted && m.Old != "" && (!m.Done || age >= 0 && age < fenced)
}

// Fence switches the old machine off, has a new one made in its place with new
// keys of the repositories, and moves the reserved address. The old keys are
// revoked with it: a machine that boots again can write nothing.
func Fence(ctx context.Context, o FenceOptions) (Fenced, error) {
	stack := o.Replace.Stack
	state, err := stack.State(ctx)
	if err != nil {
		return Fenced{}, err
	}
	live := ""
	if machines := state.ByType(dropletType); len(machines) == 1 {
		live = string(machines[0].ID)
	}
	m := recall(o.Memory)
	if !m.of(o.Wanted, time.Now()) {
		m = remembered{Wanted: o.Wanted, Old: live, At: time.Now()}
		if err := remember(o.Memory, m); err != nil {
			return Fenced{}, err
		}
	}
	f := Fenced{Old: m.Old, New: live, Outputs: state.Outputs()}
	if m.Done {
		f.Before = true
		o.Say("the old host is fenced already")
		return f, nil
	}
	r := o.Replace
	r.Renew = replace.Keys(state)
	f.Keys = len(r.Renew)
	if f.Keys == 0 {
		return f, fault.Newf("fence the host of "+stack.Name, "run odooops up "+stack.Name+" first", "its state has no keys of repositories")
	}
	switch {
	case live == m.Old:
		// Off before anything else: the rest takes minutes.
		if err := off(ctx, o, live); err != nil {
			return f, err
		}
		if err := forgetLostVolumes(ctx, o, state); err != nil {
			return f, err
		}
	case !unfinished(state):
		// Only the end of the last run is missing.
		_, err := r.Final.Up(ctx)
		if err != nil {
			return f, err
		}
		m.Done = true
		return f, remember(o.Memory, m)
	}
	done, err := replace.Run(ctx, r)
	if err != nil {
		return f, err
	}
	f.New, f.Outputs, m.Done = done.New, done.Outputs, true
	return f, remember(o.Memory, m)
}

// unfinished says that a replacement of the machine was killed half-way.
func unfinished(state workspace.State) bool {
	for _, r := range state.Resources {
		if string(r.Type) == dropletType && r.Delete {
			return true
		}
	}
	return len(state.Stranded()) > 0 || len(state.Pending) > 0 || len(state.ByType(attachmentType)) == 0
}

// off cuts the power: what runs there may be an attacker's, and is not asked
// to stop. What Postgres had committed is in its WAL. The mark tells a machine
// that lost its volume from a new one that has none yet.
func off(ctx context.Context, o FenceOptions, id string) error {
	if id == "" {
		return nil
	}
	n := 0
	if _, err := fmt.Sscan(id, &n); err != nil {
		return fmt.Errorf("the machine's id %q is no number", id)
	}
	droplet, _, err := o.Cloud.Droplets.Get(ctx, n)
	switch {
	case gone(err):
		return nil
	case err != nil:
		return fmt.Errorf("look at droplet %s: %w", id, err)
	}
	if droplet.Status != "off" {
		o.Say("fencing: powering droplet " + id + " off")
		if _, _, err := o.Cloud.DropletActions.PowerOff(ctx, n); err != nil && !is(err, http.StatusUnprocessableEntity) {
			return fmt.Errorf("power droplet %s off: %w", id, err)
		}
	}
	return o.Replace.Mark(ctx, n) // the replacement waits for the power
}

// forgetLostVolumes drops volumes from the state that the cloud has no more,
// so that the update makes new ones.
func forgetLostVolumes(ctx context.Context, o FenceOptions, state workspace.State) error {
	var lost []string
	ids := map[string]bool{}
	for _, v := range state.ByType(volumeType) {
		_, _, err := o.Cloud.Storage.GetVolume(ctx, string(v.ID))
		if err != nil && !gone(err) {
			return fmt.Errorf("look at volume %s: %w", v.ID, err)
		}
		if err != nil {
			o.Say("the volume " + string(v.ID) + " is lost: a new one will be made")
			lost = append(lost, string(v.URN))
			ids[string(v.ID)] = true
		}
	}
	if len(lost) == 0 {
		return nil
	}
	for _, a := range state.ByType(attachmentType) {
		if id, ok := a.Inputs["volumeId"].(string); ok && ids[id] {
			lost = append(lost, string(a.URN))
		}
	}
	_, err := o.Replace.Stack.Refresh(ctx, optrefresh.Target(lost))
	return err
}

func gone(err error) bool { return is(err, http.StatusNotFound) }

func is(err error, status int) bool {
	var e *godo.ErrorResponse
	return errors.As(err, &e) && e.Response != nil && e.Response.StatusCode == status
}

func recall(path string) (m remembered) {
	if text, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(text, &m) // what can't be read remembers nothing
	}
	return m
}

func remember(path string, m remembered) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("remember what was fenced: %w", err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("remember what was fenced: %w", err)
	}
	return nil
}

// Forget ends the memory of a fence: the restore it was for is done.
func Forget(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
