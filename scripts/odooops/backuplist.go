package main

import (
	"context"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/ops/fault"
)

func (a *app) backupList() *cobra.Command {
	return &cobra.Command{
		Use:   "list STACK",
		Short: "The backups in each repository, newest first, and which points in time can be restored",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.listBackups(cmd.Context(), args[0])
		},
	}
}

// listedRepository is what list says of one.
type listedRepository struct {
	backup.Repository
	// From and To are the points in time that can be restored.
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
}

func (a *app) listBackups(ctx context.Context, stack string) error {
	s, err := a.backups(ctx, "backup list", stack, 0)
	if err != nil {
		return err
	}
	defer s.close()
	info, err := backup.Look(ctx, s.host, stack)
	if err != nil {
		return err
	}
	now := time.Now()
	list := make([]listedRepository, 0, len(info.Repositories))
	var silent []string
	for _, r := range info.Repositories {
		sort.Slice(r.Backups, func(i, j int) bool { return r.Backups[i].Stop > r.Backups[j].Stop })
		l := listedRepository{Repository: r}
		l.From, l.To = r.Window(backup.Default, now)
		list = append(list, l)
		if r.Error != "" {
			silent = append(silent, fmt.Sprintf("repository %d: %s", r.Number, r.Error))
		}
	}
	if err := a.emit(list, func(w io.Writer) { printBackups(w, list, now) }); err != nil {
		return err
	}
	if len(silent) > 0 {
		return fault.Newf("list the backups of "+stack, "run odooops status", "%s", strings.Join(silent, "; "))
	}
	return nil
}

func printBackups(w io.Writer, list []listedRepository, now time.Time) {
	cells := [][]string{}
	for _, r := range list {
		for _, b := range r.Backups {
			state := "yes"
			switch {
			case b.Error:
				state = "DAMAGED"
			case !b.Complete:
				state = "no files"
			}
			cells = append(cells, []string{
				fmt.Sprint(r.Number), b.Label, b.Type, ago(int(now.Sub(b.Stopped()).Seconds())),
				megabytes(b.Size), megabytes(b.Stored), state, imageCell(b.Annotations["odoo-image"]),
			})
		}
	}
	table(w, []string{"repository", "label", "type", "age", "size", "stored", "complete", "odoo"}, cells)
	for _, r := range list {
		switch {
		case r.Error != "":
			fmt.Fprintf(w, "repository %d does not answer: %s\n", r.Number, r.Error)
		case r.From != nil && r.To != nil:
			fmt.Fprintf(w, "repository %d: any point in time from %s to %s\n", r.Number, r.From.Format(time.RFC3339), r.To.Format(time.RFC3339))
		}
	}
}
