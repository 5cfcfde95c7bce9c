package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/ops/status"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say what is: hosts, containers, Odoo, archive and backups",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.status(cmd.Context())
		},
	}
}

// status fails when something is wrong, so that a monitor can run it.
func (a *app) status(ctx context.Context) error {
	stacks := a.project.Stacks()
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

func (a *app) statusTarget(ctx context.Context, stack string) (status.Target, error) {
	t := status.Target{Stack: stack}
	file, err := stackfile.Read(a.project.StackFile(stack))
	if err != nil {
		return t, err
	}
	t.Kind = file.Plain("kind")
	st, exists, err := a.state(ctx, stack)
	if err != nil {
		return t, err
	}
	t.Exists = exists && st.Custom() > 0
	if !t.Exists {
		return t, nil
	}
	t.Updated = st.Updated
	outputs := st.Outputs()
	t.URL, _ = outputs["url"].(string)
	get, err := a.cloudGetter()
	if err != nil {
		t.Droplet = func(context.Context) (string, error) { return "", err }
		return t, nil
	}
	t.Recorded = get("ODOOOPS_LOCAL_MACHINES") == "none"
	if d := st.ByType("digitalocean:index/droplet:Droplet"); len(d) > 0 {
		t.Droplet = dropletStatus(get, string(d[0].ID))
	}
	if t.Kind != config.KindProduction {
		return t, nil
	}
	out, err := config.DecodeOdoo(outputs)
	if err != nil {
		return t, nil // an interrupted first up: there is nothing to ask yet
	}
	t.Outputs = &out
	t.Shell = a.shell(stack, out, 6*time.Second)
	t.Health = func(ctx context.Context) string { return a.health(ctx, out) }
	return t, nil
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

func printStatus(w io.Writer, rows []status.Row) {
	cells := make([][]string, 0, len(rows))
	for _, r := range rows {
		cells = append(cells, []string{
			r.Stack, r.Kind, existence(r), r.Host, containerCount(r), dash(r.Odoo), dash(r.PDF), archiveCell(r), backupCell(r), dash(r.URL),
		})
	}
	table(w, []string{"stack", "kind", "updated", "host", "containers", "odoo", "pdf", "wal archive", "last backup", "url"}, cells)
	for _, r := range rows {
		for _, p := range r.Problems {
			fmt.Fprintf(w, "%s: %s\n", r.Stack, p)
		}
	}
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

func archiveCell(r status.Row) string {
	if len(r.Archive) == 0 {
		return "-"
	}
	a := r.Archive[0]
	if a.Failing {
		return fmt.Sprintf("FAILING, %d segments wait, disk full in %s", a.Waiting, duration(a.DiskFullInSeconds))
	}
	return ago(a.LastArchivedSeconds)
}

func backupCell(r status.Row) string {
	if r.Backup == nil {
		return "-"
	}
	return fmt.Sprintf("%s %s, %.1f MB", r.Backup.Type, ago(r.Backup.AgeSeconds), float64(r.Backup.RepoBytes)/1e6)
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
