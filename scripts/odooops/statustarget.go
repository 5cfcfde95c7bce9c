package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/odooops/odooops/ops/backup/restoretest"
	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/evidence"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/status"
	"github.com/odooops/odooops/stacks/config"
)

// statusStacks are the stacks of both zones: those with a config file, and the
// previews that the backend has.
func (a *app) statusStacks(ctx context.Context) ([]string, error) {
	all := a.project.Stacks()
	previews, err := a.previews(ctx)
	return append(all, previews...), err
}

func (a *app) statusTarget(ctx context.Context, stack string) (status.Target, error) {
	t := status.Target{Stack: stack, Kind: config.KindPreview}
	if !project.IsPreview(stack) {
		kind, err := a.project.Kind(stack)
		if err != nil {
			return t, err
		}
		t.Kind = kind
	}
	st, exists, err := a.state(ctx, stack)
	if err != nil {
		return t, err
	}
	t.Exists = exists && st.Custom() > 0
	if !t.Exists {
		return t, nil
	}
	t.Updated = st.Updated
	if t.Kind == config.KindStaging || t.Kind == config.KindPreview {
		if t.Ends, t.ExpiresAt, err = a.ends(ctx, stack); err != nil {
			return t, err
		}
	}
	m, whole, err := machineOf(st.Outputs())
	if err != nil || !whole {
		m = machine{} // an interrupted first up: there is nothing to ask yet
	}
	t.Outputs, t.Image = m.odoo, m.image()
	if t.Kind == config.KindPlatform {
		t.Alerts = a.firing(stack, st.Outputs())
	}
	get, err := a.cloudGetter()
	if err != nil {
		t.Droplet = func(context.Context) (string, error) { return "", err }
		return t, nil
	}
	t.Recorded = get("ODOOOPS_LOCAL_MACHINES") == "none"
	if d := st.ByType("digitalocean:index/droplet:Droplet"); len(d) > 0 {
		t.Droplet = dropletStatus(get, string(d[0].ID))
		if whole {
			t.Shell = a.stackShell(stack, m, 6*time.Second)
		}
	}
	if m.odoo != nil {
		if t.Droplet == nil { // on the previews' host, whose row asks that
			t.Droplet = dropletStatus(get, m.odoo.HostID)
		}
		t.Health = a.healthOf(stack, *m.odoo)
		if m.odoo.Stanza != "" {
			t.Tested = a.tested(stack, m.odoo.Platform)
		}
	}
	return t, nil
}

// ends is when a stack ends, by the tag that is the truth about it.
func (a *app) ends(ctx context.Context, stack string) (bool, string, error) {
	zone, err := a.project.ZoneOf(stack)
	if err != nil {
		return false, "", err
	}
	b, err := a.backend(zone)
	if err != nil {
		return false, "", err
	}
	tags, err := b.Tags(ctx, stack)
	return true, tags[index.ExpiresAt], err
}

// tests is how far restore tests are looked back at.
const tests = 30 * 24 * time.Hour

// tested is when each repository last gave a backup that came back to life.
func (a *app) tested(stack, platform string) func(context.Context) (map[int]time.Time, error) {
	return func(ctx context.Context) (map[int]time.Time, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		store, err := a.evidence(ctx, platform)
		if err != nil {
			return nil, err
		}
		reports, err := store.List(ctx, evidence.RestoreTest, stack, time.Now().Add(-tests))
		if err != nil {
			return nil, err
		}
		at := map[int]time.Time{}
		for _, r := range slices.Backward(reports) {
			var of restoretest.Result
			if json.Unmarshal(r.Details, &of) == nil && of.OK {
				at[of.Repository] = r.When
			}
		}
		return at, nil
	}
}

func (a *app) healthOf(stack string, out config.OdooOutputs) func(context.Context) string {
	return func(ctx context.Context) string {
		password, err := a.edgePassword(ctx, stack, out)
		if err != nil {
			return err.Error()
		}
		return a.health(ctx, out, password)
	}
}

// image is what the machine mainly runs.
func (m machine) image() string {
	switch {
	case m.odoo != nil:
		return m.odoo.Images.Odoo
	case m.shared != nil:
		return m.shared.Images.Traefik
	}
	return ""
}

// dropletStatus asks the cloud, not the machine.
func dropletStatus(get cloud.Getter, id string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		do, err := cloud.DigitalOcean(get)
		if err != nil {
			return "", err
		}
		n, err := strconv.Atoi(id)
		if err != nil {
			return "", fmt.Errorf("droplet id %q: %w", id, err)
		}
		d, res, err := do.Droplets.Get(ctx, n)
		if res != nil && res.StatusCode == 404 {
			return "gone", nil
		}
		if err != nil {
			return "", err
		}
		return d.Status, nil
	}
}
