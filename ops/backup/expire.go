package backup

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/fault"
)

// ExpireOptions say what is kept, and open the repositories.
type ExpireOptions struct {
	Stack     string
	Retention Retention
	// Archive has the keys that delete.
	Archive Archive
	DryRun  bool
	Now     time.Time
	Say     func(string)
}

// Expired is what was decided about a repository, and what became of it.
type Expired struct {
	Plan
	Done  []string `json:"done"`  // labels
	Files int      `json:"files"` // removed; older versions stay where they are kept
	Bytes int64    `json:"bytes"` // of these files
	Error string   `json:"error,omitempty"`
}

// expiry is the image's request for one repository.
type expiry struct {
	Number int      `json:"number"`
	Expire []string `json:"expire"`
	Base   string   `json:"base"`
	// Complete are the good backups that stay: each must have its list of files.
	Complete    []string `json:"complete"`
	FilesBefore int64    `json:"filesBefore"`
}

// Expire decides, and removes what goes: backups, the WAL that no longer leads
// anywhere, and files that nothing names.
func Expire(ctx context.Context, h Host, o ExpireOptions) ([]Expired, error) {
	info, err := Look(ctx, h, o.Stack)
	if err != nil {
		return nil, err
	}
	var all []Expired
	var todo []expiry
	for i, p := range o.Retention.Choose(info, o.Now) {
		all = append(all, Expired{Plan: p, Done: []string{}})
		for _, w := range p.Warnings {
			o.Say(fmt.Sprintf("warning: repository %d: %s", p.Repository, w))
		}
		if p.Held != "" {
			o.Say(fmt.Sprintf("repository %d: nothing expires: %s", p.Repository, p.Held))
			continue
		}
		todo = append(todo, expiry{p.Repository, p.Expire, p.Base, p.complete(info.Repositories[i]), p.FilesBefore.Unix()})
	}
	if o.DryRun || len(todo) == 0 {
		return all, held(o.Stack, all)
	}
	if err := o.remove(ctx, h, todo, all); err != nil {
		return all, err
	}
	return all, held(o.Stack, all)
}

func (o ExpireOptions) remove(ctx context.Context, h Host, todo []expiry, all []Expired) error {
	what := "expire backups of " + o.Stack
	archive, err := o.Archive.JSON()
	if err != nil {
		return err
	}
	request, err := json.Marshal(map[string]any{"repositories": todo})
	if err != nil {
		return err
	}
	out, err := h.Once(ctx, []string{"expire"}, true, map[string]string{"archive.json": archive, "expire.json": string(request)}, o.Say)
	if err != nil {
		return err
	}
	var result struct {
		Repositories []struct {
			Number  int      `json:"number"`
			Expired []string `json:"expired"`
			Files   int      `json:"files"`
			Bytes   int64    `json:"bytes"`
			Error   string   `json:"error"`
		} `json:"repositories"`
	}
	if err := answer(out, what, &result); err != nil {
		return err
	}
	done := 0
	var failed []string
	for _, r := range result.Repositories {
		for i := range all {
			if all[i].Repository == r.Number {
				all[i].Done, all[i].Files, all[i].Bytes, all[i].Error = r.Expired, r.Files, r.Bytes, r.Error
				done++
			}
		}
		if r.Error != "" {
			failed = append(failed, fmt.Sprintf("repository %d: %s", r.Number, r.Error))
		}
	}
	switch {
	case len(failed) > 0:
		return fault.Newf(what, "run it again: what was removed is not removed twice", "%s", strings.Join(failed, "; "))
	case out.Code != 0 || done != len(todo):
		return fault.New(what, "run it again: what was removed is not removed twice", out.why())
	}
	return nil
}

// held is an error: what never expires fills up, and the reason is trouble.
func held(stack string, all []Expired) error {
	var why []string
	for _, e := range all {
		if e.Held != "" {
			why = append(why, fmt.Sprintf("repository %d: %s", e.Repository, e.Held))
		}
	}
	if len(why) == 0 {
		return nil
	}
	return fault.Newf("expire backups of "+stack, "run odooops status and see to the repositories; nothing is lost by waiting", "%s", strings.Join(why, "; "))
}

// complete are the good backups among those that stay.
func (p Plan) complete(r Repository) []string {
	list := []string{}
	for _, k := range p.Keep {
		for _, b := range r.Backups {
			if b.Label == k.Label && b.Good() {
				list = append(list, b.Label)
			}
		}
	}
	return list
}
