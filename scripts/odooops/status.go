package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/status"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say what is: hosts, containers, Odoo, archive, backups and firing alerts",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.status(cmd.Context())
		},
	}
}

// status fails when something is wrong, so that a monitor can run it.
func (a *app) status(ctx context.Context) error {
	stacks, err := a.statusStacks(ctx)
	if err != nil {
		return err
	}
	targets, errs := make([]status.Target, len(stacks)), make([]error, len(stacks))
	var wg sync.WaitGroup
	for i, stack := range stacks {
		wg.Go(func() { targets[i], errs[i] = a.statusTarget(ctx, stack) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	rows := status.Gather(ctx, targets, time.Now())
	problems := 0
	for _, r := range rows {
		problems += len(r.Problems)
	}
	if err := a.emit(rows, func(w io.Writer) { printStatus(w, rows) }); err != nil {
		return err
	}
	if problems > 0 {
		return fault.Newf("status", "see the lines above", "%d problems", problems)
	}
	return nil
}

func printStatus(w io.Writer, rows []status.Row) {
	cells := make([][]string, 0, len(rows))
	for _, r := range rows {
		cells = append(cells, []string{
			r.Stack, r.Kind, dash(r.URL), imageCell(r.Image), dash(r.Data), endCell(r.ExpiresAt), healthCell(r), r.Host,
			containerCount(r), dash(r.PDF), archiveCell(r), backupCell(r), storedCell(r), testedCell(r), existence(r),
		})
	}
	table(w, []string{
		"stack", "kind", "url", "image", "data", "expires", "health", "host",
		"containers", "pdf", "newest wal", "last backup", "backups", "restore tested", "updated",
	}, cells)
	for _, r := range rows {
		for _, p := range r.Problems {
			fmt.Fprintf(w, "%s: %s\n", r.Stack, p)
		}
		for _, p := range r.Warnings {
			fmt.Fprintf(w, "%s: warning: %s\n", r.Stack, p)
		}
	}
	printAlerts(w, rows)
}

// healthCell is what a user would meet, or where there is no user, the host.
func healthCell(r status.Row) string {
	switch {
	case !r.Exists:
		return "-"
	case len(r.Problems) > 0:
		return "FAIL"
	case r.Host == "recorded":
		return "recorded"
	}
	return "pass"
}

// imageCell is the digest's beginning: enough to tell two images apart.
func imageCell(ref string) string {
	name, digest, ok := strings.Cut(ref, "@sha256:")
	if !ok {
		return dash(ref)
	}
	return name[strings.LastIndex(name, "/")+1:] + "@" + digest[:min(12, len(digest))]
}

func endCell(at string) string {
	ends, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return dash(at)
	}
	if left := time.Until(ends); left > 0 {
		return "in " + duration(int(left.Seconds()))
	}
	return "past"
}

func existence(r status.Row) string {
	if !r.Exists {
		return "not there"
	}
	if r.Updated == nil {
		return "-"
	}
	return ago(int(time.Since(*r.Updated).Seconds()))
}

func containerCount(r status.Row) string {
	if len(r.Containers) == 0 {
		return "-"
	}
	up := 0
	for _, c := range r.Containers {
		if c.State == "running" {
			up++
		}
	}
	return fmt.Sprintf("%d running", up)
}

// archiveCell is the age of the newest WAL by repository.
func archiveCell(r status.Row) string {
	if r.WAL == nil {
		return "-"
	}
	if r.WAL.Failing {
		return fmt.Sprintf("FAILING, %d segments wait, disk full in %s", r.WAL.Waiting, duration(r.WAL.DiskFullInSeconds))
	}
	return byRepository(r, func(p status.Repository) string {
		if p.WALAgeSeconds < 0 {
			return "?"
		}
		return ago(p.WALAgeSeconds)
	})
}

func backupCell(r status.Row) string {
	return byRepository(r, func(p status.Repository) string {
		if p.Newest == nil {
			return "none"
		}
		return fmt.Sprintf("%s %s", p.Newest.Type, ago(p.Newest.AgeSeconds))
	})
}

func storedCell(r status.Row) string {
	return byRepository(r, func(p status.Repository) string { return megabytes(p.Bytes) })
}

func testedCell(r status.Row) string {
	return byRepository(r, func(p status.Repository) string { return ago(p.TestedSeconds) })
}

// byRepository puts what is said of each behind its number.
func byRepository(r status.Row, of func(status.Repository) string) string {
	cells := make([]string, 0, len(r.Repositories))
	for _, p := range r.Repositories {
		cells = append(cells, fmt.Sprintf("%d: %s", p.Number, of(p)))
	}
	return dash(strings.Join(cells, ", "))
}

func ago(seconds int) string {
	if seconds < 0 {
		return "never"
	}
	return duration(seconds) + " ago"
}

// duration in its largest unit but one: 42s, 3m, 5h20m, 2d3h.
func duration(seconds int) string {
	d := time.Duration(seconds) * time.Second
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", seconds)
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
}

func dash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "-"
	}
	return s
}
