package backup

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// VerifyOptions open the repositories.
type VerifyOptions struct {
	Stack string
	// Archive has keys that only read, of the repositories to look at.
	Archive Archive
	Say     func(string)
}

// Verified is what was found in a repository.
type Verified struct {
	Repository int `json:"repository"`
	// Backup is the newest good one, whose files were looked for.
	Backup  string   `json:"backup"`
	Backups int      `json:"backups"` // whose every object was read, with the WAL
	Files   int      `json:"files"`   // that the backup names
	Missing []string `json:"missing"` // the first of those that are not there
	Error   string   `json:"error,omitempty"`
}

// Verify reads all backups and WAL, compares their checksums, and looks for the
// files of the newest backup. It restores nothing.
func Verify(ctx context.Context, h Host, o VerifyOptions) ([]Verified, error) {
	what := "verify the backups of " + o.Stack
	info, err := Look(ctx, h, o.Stack)
	if err != nil {
		return nil, err
	}
	type wanted struct {
		Number int    `json:"number"`
		Label  string `json:"label"`
	}
	var todo []wanted
	var all []Verified
	for _, address := range o.Archive.Repositories {
		v := Verified{Repository: address.Number, Missing: []string{}, Error: "it is not among what the stack backs up to"}
		for _, r := range info.Repositories {
			if r.Number != address.Number {
				continue
			}
			v.Error, v.Backups = r.Error, len(r.Backups)
			if b := r.Newest(Backup.Good); b != nil {
				v.Backup = b.Label
			} else if v.Error == "" {
				v.Error = "it has no good backup"
			}
		}
		if v.Error == "" {
			todo = append(todo, wanted{v.Repository, v.Backup})
		}
		all = append(all, v)
	}
	if len(todo) > 0 {
		archive, err := o.Archive.JSON()
		if err != nil {
			return nil, err
		}
		request, err := json.Marshal(map[string]any{"repositories": todo})
		if err != nil {
			return nil, err
		}
		out, err := h.Once(ctx, []string{"verify"}, false, map[string]string{"archive.json": archive, "verify.json": string(request)}, o.Say)
		if err != nil {
			return nil, err
		}
		var result struct {
			Repositories []struct {
				Number  int      `json:"number"`
				Files   int      `json:"files"`
				Missing []string `json:"missing"`
				Error   string   `json:"error"`
			} `json:"repositories"`
		}
		if err := answer(out, what, &result); err != nil {
			return nil, err
		}
		if out.Code != 0 || len(result.Repositories) != len(todo) {
			return nil, fault.New(what, "run it again", out.why())
		}
		for _, r := range result.Repositories {
			for i := range all {
				if all[i].Repository == r.Number {
					all[i].Files, all[i].Missing, all[i].Error = r.Files, r.Missing, r.Error
				}
			}
		}
	}
	var failed []string
	for _, v := range all {
		if v.Error != "" {
			failed = append(failed, fmt.Sprintf("repository %d: %s", v.Repository, v.Error))
		}
	}
	if len(failed) > 0 {
		return all, fault.Newf(what, "make a new full backup now: odooops backup run "+o.Stack+" --type full; then look at what damaged this one", "%s", strings.Join(failed, "; "))
	}
	return all, nil
}
