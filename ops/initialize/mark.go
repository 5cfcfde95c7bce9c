package initialize

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

const idKey = "backendId"

// mark gives the zone's backend an id, and the id to the zone's files: with it
// everything that a stack makes says whose it is, and a sweep knows its own.
// The backend is marked first: a killed run finds the id there.
func (r *run) mark(ctx context.Context, zone config.Zone) error {
	if _, open := r.pass[zone]; !open {
		return nil
	}
	id, err := r.idIn(zone)
	if err != nil {
		return err
	}
	if r.DryRun {
		for _, name := range r.in(zone) {
			if r.files[name].Plain(idKey) == "" {
				r.Made[name] = append(r.Made[name], idKey)
			}
		}
		return nil
	}
	if id, err = r.markBackend(ctx, zone, id); err != nil {
		return err
	}
	for _, name := range r.in(zone) {
		if err := r.set(name, idKey, id); err != nil {
			return err
		}
	}
	return nil
}

// idIn is the id that the zone's files say; empty when none does.
func (r *run) idIn(zone config.Zone) (string, error) {
	id, first := "", ""
	for _, name := range r.in(zone) {
		switch said := r.files[name].Plain(idKey); {
		case said == "":
		case id == "":
			id, first = said, name
		case said != id:
			return "", fault.Usage("init", "stacks of one zone share a backend; correct "+idKey+" in one of them",
				"Pulumi.%s.yaml and Pulumi.%s.yaml name different backends", first, name)
		}
	}
	return id, nil
}

// markBackend brings backend and files to one id. A backend that holds stacks
// and no mark belongs to the files only if they name none yet either.
func (r *run) markBackend(ctx context.Context, zone config.Zone, id string) (string, error) {
	b, err := r.Backend(zone)
	if err != nil {
		return "", err
	}
	m, err := b.Marker(ctx)
	if err != nil {
		return "", err
	}
	if m != nil && id == "" && m.Zone == zone {
		return m.ID, nil
	}
	if m != nil {
		return id, b.Check(ctx, zone, id)
	}
	stacks, err := b.Stacks(ctx)
	if err != nil {
		return "", err
	}
	if id != "" && len(stacks) > 0 {
		return "", fault.Newf("init", "correct zones.yaml or PULUMI_BACKEND_URL; or restore the mark there",
			"%s holds stacks and has no mark, and the files of zone %s name the backend %s", b.URL, zone, id)
	}
	if id == "" {
		id = uuid.NewString()
	}
	if err := b.Mark(ctx, backend.Marker{ID: id, Zone: zone}); err != nil {
		return "", err
	}
	r.Say(fmt.Sprintf("backend of zone %s marked: %s (%s)", zone, b.URL, id))
	return id, nil
}
