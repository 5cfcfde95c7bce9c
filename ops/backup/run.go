package backup

import (
	"context"
	"fmt"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// Made is a backup in one repository, or why there is none.
type Made struct {
	Repository int     `json:"repository"`
	Label      string  `json:"label,omitempty"`
	Type       string  `json:"type,omitempty"`
	Seconds    float64 `json:"seconds"`
	Bytes      int64   `json:"bytes"`   // of the database
	Stored     int64   `json:"stored"`  // in the repository, by this backup
	Files      int     `json:"files"`   // that it has
	Shipped    int     `json:"shipped"` // of them, in the pass that followed
	Error      string  `json:"error,omitempty"`
}

// RunOptions say which backup.
type RunOptions struct {
	Stack string
	Type  string // Full or Diff
	// Repository is one of them; 0 is all.
	Repository int
	Say        func(string)
}

// Run makes a backup in each repository, the files' pass after it. One that
// fails leaves the others done, and is an error.
func Run(ctx context.Context, h Host, o RunOptions) ([]Made, error) {
	what := "back up " + o.Stack
	command := []string{"backup-run", o.Type}
	if o.Repository != 0 {
		command = append(command, "--repo", fmt.Sprint(o.Repository))
	}
	out, err := h.Exec(ctx, command, o.Say)
	if err != nil {
		return nil, err
	}
	var made []Made
	if err := answer(out, what, &made); err != nil {
		return nil, err
	}
	var failed []string
	for _, m := range made {
		if m.Error != "" {
			failed = append(failed, fmt.Sprintf("repository %d: %s", m.Repository, m.Error))
		}
	}
	switch {
	case len(failed) > 0:
		return made, fault.Newf(what, "run odooops status; the schedule tries again by itself", "%s", strings.Join(failed, "; "))
	case out.Code != 0:
		return made, fault.New(what, "run odooops status", out.why())
	case len(made) == 0:
		return made, fault.Newf(what, "run odooops backup list "+o.Stack, "no repository was backed up to")
	}
	return made, nil
}

// Look asks for what is in the repositories.
func Look(ctx context.Context, h Host, stack string) (Info, error) {
	var info Info
	out, err := h.Exec(ctx, []string{"backup-info"}, nil)
	if err != nil {
		return info, err
	}
	return info, answer(out, "list the backups of "+stack, &info)
}
