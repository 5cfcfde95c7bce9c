package previewhost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"

	"golang.org/x/sys/unix"
)

// Records is the host of a local cloud without machines. What would be on it
// are records beside those of the offline docker plugin, under the same name
// of the host; the lock is a file of this computer. There is no disk that
// could be full, and a template is its description alone.
type Records struct {
	URL  string // ODOOOPS_LOCAL_RECORDS
	Name string // the host's address, as the docker provider names it
	// Volume is the host's data volume. Who is admitted, and the templates, are
	// on it: they are still there when the host was replaced.
	Volume string
}

var _ Host = Records{}

const (
	recordAdmitted = "admitted"
	recordTemplate = "template"
)

// locked keeps other processes of this computer out, as flock does on a host.
func (r Records) locked(run func() error) error {
	u, err := url.Parse(r.URL)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(os.TempDir(), "odooops-records-"+u.Port()+"-"+r.Volume+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	return run()
}

// Admit reserves a place, by the rules of files/registry.py.
func (r Records) Admit(ctx context.Context, q Request) (Admission, error) {
	var a Admission
	err := r.locked(func() error {
		entries, err := listRecords[Admitted](ctx, r, recordAdmitted)
		if err != nil {
			return err
		}
		mine := entries[q.Stack]
		var others []Admitted
		used := 0
		for name, e := range entries {
			if name != q.Stack {
				others = append(others, e)
				used += e.MB
			}
		}
		if a.Template, err = r.choose(ctx, q, mine.Templates); err != nil {
			return err
		}
		if used+q.MB > q.BudgetMB {
			return &Refusal{Reason: "memory", NeededMB: q.MB, UsedMB: used, BudgetMB: q.BudgetMB, Others: others}
		}
		held := mine.Templates
		if a.Template != nil && !slices.Contains(held, a.Template.ID) {
			held = append(held, a.Template.ID)
		}
		a.UsedMB = used + q.MB
		return r.put(ctx, recordAdmitted, q.Stack, Admitted{
			Stack: q.Stack, MB: q.MB, Templates: held, Backend: q.Backend,
			Owner: q.Owner, Created: q.Created, ExpiresAt: q.ExpiresAt,
		})
	})
	return a, err
}

func (r Records) choose(ctx context.Context, q Request, held []string) (*Template, error) {
	if q.Template == "" {
		return nil, nil
	}
	complete, err := r.templates(ctx)
	if err != nil {
		return nil, err
	}
	for i, t := range complete {
		switch {
		case q.Template == t.ID, q.Template == Newest && !q.Reset && slices.Contains(held, t.ID):
			return &complete[i], nil
		}
	}
	if q.Template == Newest && len(complete) > 0 {
		return &complete[0], nil
	}
	return nil, &Refusal{Reason: "template", Template: q.Template}
}

// Settle forgets the other templates.
func (r Records) Settle(ctx context.Context, stack, template string) error {
	return r.locked(func() error {
		entries, err := listRecords[Admitted](ctx, r, recordAdmitted)
		if err != nil {
			return err
		}
		e, ok := entries[stack]
		if !ok {
			return fmt.Errorf("%s is not admitted", stack)
		}
		e.Templates = nil
		if template != "" {
			e.Templates = []string{template}
		}
		if err := r.put(ctx, recordAdmitted, stack, e); err != nil {
			return err
		}
		_, err = r.retire(ctx)
		return err
	})
}

// Extend writes down a later end.
func (r Records) Extend(ctx context.Context, stack, expiresAt string) error {
	return r.locked(func() error {
		entries, err := listRecords[Admitted](ctx, r, recordAdmitted)
		if err != nil {
			return err
		}
		e, ok := entries[stack]
		if !ok {
			return nil
		}
		e.ExpiresAt = expiresAt
		return r.put(ctx, recordAdmitted, stack, e)
	})
}

// Release gives the place back.
func (r Records) Release(ctx context.Context, stack string) error {
	return r.locked(func() error {
		if err := r.delete(ctx, recordAdmitted, stack); err != nil {
			return err
		}
		_, err := r.retire(ctx)
		return err
	})
}

// Templates lists them.
func (r Records) Templates(ctx context.Context) ([]Template, error) {
	list, err := r.templates(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := listRecords[Admitted](ctx, r, recordAdmitted)
	for i, t := range list {
		for _, e := range entries {
			if slices.Contains(e.Templates, t.ID) {
				list[i].UsedBy = append(list[i].UsedBy, e.Stack)
			}
		}
		sort.Strings(list[i].UsedBy)
	}
	return list, err
}

func (r Records) templates(ctx context.Context) ([]Template, error) {
	all, err := listRecords[Template](ctx, r, recordTemplate)
	list := make([]Template, 0, len(all))
	for _, t := range all {
		list = append(list, t)
	}
	sort.Slice(list, func(i, j int) bool {
		if !list[i].Created.Equal(list[j].Created) {
			return list[i].Created.After(list[j].Created)
		}
		return list[i].ID > list[j].ID
	})
	return list, err
}

// retire removes the templates that nobody uses, but for the newest.
func (r Records) retire(ctx context.Context) ([]string, error) {
	list, err := r.Templates(ctx)
	gone := []string{}
	for i, t := range list {
		if err != nil {
			return gone, err
		}
		if i > 0 && len(t.UsedBy) == 0 {
			err = r.delete(ctx, recordTemplate, t.ID)
			gone = append(gone, t.ID)
		}
	}
	return gone, err
}

// Publish describes a template.
func (r Records) Publish(ctx context.Context, p Publication, say func(string)) (Published, error) {
	say("records only: the template is described, nothing is in it")
	out := Published{
		Template: Template{ID: p.ID, Created: p.Created, Source: "fresh", Images: p.Images, Modules: p.Modules},
		Seconds:  map[string]float64{},
	}
	err := r.locked(func() error {
		err := r.put(ctx, recordTemplate, p.ID, out.Template)
		if err == nil {
			out.Retired, err = r.retire(ctx)
		}
		return err
	})
	return out, err
}

// Receive describes a template too, and reads what would be in it.
func (r Records) Receive(ctx context.Context, a Arrival, tarZstd io.Reader, say func(string)) (Published, error) {
	if _, err := io.Copy(io.Discard, tarZstd); err != nil {
		return Published{}, err
	}
	say("records only: the template is described, nothing is in it")
	out := Published{Template: a.Template, Seconds: map[string]float64{}}
	err := r.locked(func() error {
		err := r.put(ctx, recordTemplate, a.Template.ID, a.Template)
		if err == nil {
			out.Retired, err = r.retire(ctx)
		}
		return err
	})
	return out, err
}

// docked is a record of the offline docker plugin.
type docked struct {
	Inputs struct {
		Name   string `json:"name"`
		Labels []struct {
			Label string `json:"label"`
			Value string `json:"value"`
		} `json:"labels"`
	} `json:"inputs"`
}

// Inventory counts what is there.
func (r Records) Inventory(ctx context.Context) (Inventory, error) {
	var inv Inventory
	entries, err := listRecords[Admitted](ctx, r, recordAdmitted)
	if err != nil {
		return inv, err
	}
	for _, e := range entries {
		inv.Admitted = append(inv.Admitted, e)
	}
	for _, kind := range []string{"container", "network", "volume"} {
		all, err := listRecords[docked](ctx, r, kind)
		if err != nil {
			return inv, err
		}
		for id, d := range all {
			labels := map[string]string{}
			for _, l := range d.Inputs.Labels {
				labels[l.Label] = l.Value
			}
			if labels["odooops.kind"] != "preview" {
				continue
			}
			inv.Objects = append(inv.Objects, Object{
				Kind: kind, Name: d.Inputs.Name, ID: id, Stack: labels["odooops.stack"],
				Backend: labels["odooops.backend"], Created: labels["odooops.created"],
			})
		}
	}
	return inv, nil
}

// Remove takes objects away.
func (r Records) Remove(ctx context.Context, backend string, objects []Object) error {
	inv, err := r.Inventory(ctx)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if o.Kind == recordAdmitted {
			if err := r.removePlace(ctx, backend, o); err != nil {
				return err
			}
			continue
		}
		for _, now := range inv.Objects {
			if now.Kind != o.Kind || now.Name != o.Name {
				continue
			}
			if now.Backend != backend {
				return fmt.Errorf("%s %s is not marked as a preview of this backend: not removed", o.Kind, o.Name)
			}
			if err := r.delete(ctx, o.Kind, now.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// removePlace takes a place that is still the one that was seen: an up may
// have taken it anew.
func (r Records) removePlace(ctx context.Context, backend string, o Object) error {
	return r.locked(func() error {
		entries, err := listRecords[Admitted](ctx, r, recordAdmitted)
		if err != nil {
			return err
		}
		if e, ok := entries[o.Name]; !ok || e.Backend != backend || e.Created != o.Created {
			return nil
		}
		return r.delete(ctx, recordAdmitted, o.Name)
	})
}

// Logs are none: nothing runs.
func (Records) Logs(context.Context, string) (string, error) { return "", nil }

// Close has nothing to close.
func (Records) Close() error { return nil }

func listRecords[T any](ctx context.Context, r Records, kind string) (map[string]T, error) {
	body, _, err := r.do(ctx, http.MethodGet, kind, "", nil)
	if err != nil {
		return nil, err
	}
	return decode[map[string]T](body)
}

func (r Records) put(ctx context.Context, kind, id string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, _, err = r.do(ctx, http.MethodPut, kind, id, body)
	return err
}

// delete forgets a record; one that is gone is no error.
func (r Records) delete(ctx context.Context, kind, id string) error {
	_, status, err := r.do(ctx, http.MethodDelete, kind, id, nil)
	if status == http.StatusNotFound {
		return nil
	}
	return err
}

func (r Records) do(ctx context.Context, method, kind, id string, body []byte) (json.RawMessage, int, error) {
	of := r.Name
	if kind == recordAdmitted || kind == recordTemplate {
		of = r.Volume
	}
	address := r.URL + "/" + url.PathEscape(of) + "/" + kind
	if id != "" {
		address += "/" + url.PathEscape(id)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("the local cloud's records of the preview host: %w; is it running? odooops local start", err)
	}
	defer res.Body.Close()
	var out bytes.Buffer
	if _, err := out.ReadFrom(res.Body); err != nil {
		return nil, res.StatusCode, err
	}
	if res.StatusCode >= 300 {
		return nil, res.StatusCode, fmt.Errorf("the local cloud's records of the preview host: %s %s: %s", method, address, res.Status)
	}
	return out.Bytes(), res.StatusCode, nil
}
