package ttl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/components/host"
	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/stacks/config"
)

// Machines are the droplets that carry the marks of a preview or a restore.
type Machines struct{ Cloud *godo.Client }

// Name for messages.
func (Machines) Name() string { return "droplets" }

// Things finds them.
func (m Machines) Things(ctx context.Context) ([]Thing, error) {
	all, err := cloud.Every(ctx, m.Cloud.Droplets.List)
	if err != nil {
		return nil, err
	}
	var out []Thing
	for _, d := range all {
		if t, ok := thing("droplet", d.Name, strconv.Itoa(d.ID), d.Tags); ok {
			out = append(out, t)
		}
	}
	return out, nil
}

// Remove deletes a droplet, and what is nobody's without it: its firewalls and
// its reserved address.
func (m Machines) Remove(ctx context.Context, t Thing) error {
	id, err := strconv.Atoi(t.ID)
	if err != nil {
		return err
	}
	firewalls, err := cloud.Every(ctx, m.Cloud.Firewalls.List)
	if err != nil {
		return err
	}
	for _, f := range firewalls {
		if len(f.DropletIDs) == 1 && f.DropletIDs[0] == id && len(f.Tags) == 0 {
			if res, err := m.Cloud.Firewalls.Delete(ctx, f.ID); err != nil && !isGone(res) {
				return err
			}
		}
	}
	addresses, err := cloud.Every(ctx, m.Cloud.ReservedIPs.List)
	if err != nil {
		return err
	}
	for _, a := range addresses {
		if a.Droplet != nil && a.Droplet.ID == id {
			if err := m.release(ctx, a.IP); err != nil {
				return err
			}
		}
	}
	if res, err := m.Cloud.Droplets.Delete(ctx, id); err != nil && !isGone(res) {
		return err
	}
	err = until(ctx, func() (bool, error) {
		_, res, err := m.Cloud.Droplets.Get(ctx, id)
		if isGone(res) {
			return true, nil
		}
		return false, err
	})
	if err != nil {
		return err
	}
	// Not before: without them the machine would be open.
	return m.closeUp(ctx, host.Tag("host", t.Name), firewalls)
}

// closeUp removes the firewall that goes by a machine's tag alone, and the tag.
func (m Machines) closeUp(ctx context.Context, tag string, firewalls []godo.Firewall) error {
	for _, f := range firewalls {
		if !slices.Equal(f.Tags, []string{tag}) {
			continue
		}
		if res, err := m.Cloud.Firewalls.Delete(ctx, f.ID); err != nil && !isGone(res) {
			return err
		}
	}
	if res, err := m.Cloud.Tags.Delete(ctx, tag); err != nil && !isGone(res) {
		return err
	}
	return nil
}

func (m Machines) release(ctx context.Context, ip string) error {
	if _, res, err := m.Cloud.ReservedIPActions.Unassign(ctx, ip); err != nil && !isGone(res) {
		return err
	}
	return until(ctx, func() (bool, error) {
		res, err := m.Cloud.ReservedIPs.Delete(ctx, ip)
		switch {
		case err == nil || isGone(res):
			return true, nil
		case res != nil && (res.StatusCode == 409 || res.StatusCode == 422):
			return false, nil // still being unassigned
		}
		return false, err
	})
}

// Disks are block volumes with those marks.
type Disks struct{ Cloud *godo.Client }

// Name for messages.
func (Disks) Name() string { return "block volumes" }

// Things finds them.
func (d Disks) Things(ctx context.Context) ([]Thing, error) {
	all, err := cloud.Every(ctx, func(ctx context.Context, o *godo.ListOptions) ([]godo.Volume, *godo.Response, error) {
		return d.Cloud.Storage.ListVolumes(ctx, &godo.ListVolumeParams{ListOptions: o})
	})
	if err != nil {
		return nil, err
	}
	var out []Thing
	for _, v := range all {
		if t, ok := thing("volume", v.Name, v.ID, v.Tags); ok {
			out = append(out, t)
		}
	}
	return out, nil
}

// Remove deletes one, when no droplet has it any more.
func (d Disks) Remove(ctx context.Context, t Thing) error {
	return until(ctx, func() (bool, error) {
		res, err := d.Cloud.Storage.DeleteVolume(ctx, t.ID)
		switch {
		case err == nil || isGone(res):
			return true, nil
		case res != nil && (res.StatusCode == 409 || res.StatusCode == 422):
			return false, nil // its droplet is only just going
		}
		return false, err
	})
}

// thing reads the marks; ok is whether it claims to be a preview's or a restore's.
func thing(what, name, id string, tags []string) (Thing, bool) {
	m := marks(tags)
	t := Thing{What: what, Name: name, ID: id, Stack: m["stack"], Kind: m["kind"], Backend: m["backend"], Created: age(m["created"])}
	return t, slices.Contains([]string{config.KindPreview, config.KindRestore}, t.Kind)
}

// Names are DNS records with a TXT record beside them that says whose they are.
type Names struct {
	Cloud *godo.Client
	Zone  string
}

// Name for messages.
func (n Names) Name() string { return "the records of " + n.Zone }

// mark is how such a TXT record begins.
const mark = "odooops "

// Things finds them.
func (n Names) Things(ctx context.Context) ([]Thing, error) {
	records, err := n.records(ctx)
	if err != nil {
		return nil, err
	}
	var out []Thing
	for _, r := range records {
		text, ok := markOf(r)
		if !ok {
			continue
		}
		said := saying(text)
		out = append(out, Thing{
			What: "record", Name: r.Name + "." + n.Zone, ID: r.Name,
			Stack: said["stack"], Kind: said["kind"], Backend: said["backend"], Created: age(said["created"]),
		})
	}
	return out, nil
}

// Remove deletes the addresses of both of its names, and the mark last: what
// is interrupted is found again.
func (n Names) Remove(ctx context.Context, t Thing) error {
	records, err := n.records(ctx)
	if err != nil {
		return err
	}
	first, rest, _ := strings.Cut(t.ID, ".")
	names := []string{t.ID, first + "-mail." + rest}
	for _, r := range records {
		text, ok := markOf(r)
		if said := saying(text); ok && r.Name == t.ID && (said["backend"] != t.Backend || said["stack"] != t.Stack) {
			return fmt.Errorf("the name carries another mark too (%s): not removed", text)
		}
	}
	for _, typ := range []string{"A", "TXT"} {
		for _, r := range records {
			if r.Type != typ || !slices.Contains(names, r.Name) {
				continue
			}
			if _, ours := markOf(r); typ == "TXT" && !ours {
				continue // somebody's own
			}
			if res, err := n.Cloud.Domains.DeleteRecord(ctx, n.Zone, r.ID); err != nil && !isGone(res) {
				return err
			}
		}
	}
	return nil
}

// markOf is the text of a record that is a mark.
func markOf(r godo.DomainRecord) (string, bool) {
	text := strings.Trim(r.Data, `"`)
	return text, r.Type == "TXT" && strings.HasPrefix(text, mark)
}

// saying are the words of a mark.
func saying(text string) map[string]string {
	said := map[string]string{}
	for _, f := range strings.Fields(text) {
		if k, v, ok := strings.Cut(f, "="); ok {
			said[k] = v
		}
	}
	return said
}

func (n Names) records(ctx context.Context) ([]godo.DomainRecord, error) {
	return cloud.Every(ctx, func(ctx context.Context, o *godo.ListOptions) ([]godo.DomainRecord, *godo.Response, error) {
		return n.Cloud.Domains.Records(ctx, n.Zone, o)
	})
}

func isGone(res *godo.Response) bool { return res != nil && res.StatusCode == 404 }

// patience is for what the cloud still counts as in use.
const patience = 2 * time.Minute

func until(ctx context.Context, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		done, err := ask()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("not done within %s", patience), ctx.Err())
		case <-time.After(wait):
		}
	}
}
