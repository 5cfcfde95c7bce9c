package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/generation"
	"github.com/odooops/odooops/ops/report"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) reportCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "report", Short: "Reports for people who don't operate"}
	var since string
	gdpr := &cobra.Command{
		Use:   "gdpr",
		Short: "What became of personal data: restores, access, retention, erasures",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.record(cmd.Context(), "report", "", func() (map[string]any, error) {
				return map[string]any{"since": since}, a.reportGDPR(cmd.Context(), since)
			})
		},
	}
	gdpr.Flags().StringVar(&since, "since", "", "a day such as 2026-01-31 (default: a year ago)")
	cmd.AddCommand(gdpr)
	return cmd
}

// versionsKept is how long the repositories keep what an expiry deleted.
const versionsKept = 30 * 24 * time.Hour

func (a *app) reportGDPR(ctx context.Context, since string) error {
	from := time.Now().AddDate(-1, 0, 0)
	if since != "" {
		at, err := time.Parse(time.DateOnly, since)
		if err != nil {
			return fault.Usage("report gdpr", "give --since as 2026-01-31", "%q is no day", since)
		}
		from = at
	}
	stacks, platform, err := a.productions(ctx)
	if err != nil {
		return err
	}
	store, err := a.evidence(ctx, platform)
	if err != nil {
		return err
	}
	month := 31 * 24 * time.Hour
	g, err := report.Make(ctx, report.Sources{
		Store: store, Stacks: stacks, Ledger: a.project.Private("ledger.jsonl"), Now: time.Now,
		// The newest of a month is kept through the months that follow.
		Longest:   time.Duration(backup.Default.Monthly+1)*month + versionsKept,
		Retention: a.retained,
	}, from)
	if err != nil {
		return err
	}
	return a.emit(g, func(w io.Writer) { printGDPR(w, g) })
}

// productions are the stacks of that kind that are there, and their platform.
func (a *app) productions(ctx context.Context) (names []string, platform string, err error) {
	for _, name := range a.project.Stacks() {
		kind, err := a.project.Kind(name)
		if err != nil || kind != config.KindProduction {
			continue
		}
		out, ok, err := a.odoo(ctx, name)
		if err != nil {
			return nil, "", err
		}
		if ok {
			names, platform = append(names, name), out.Platform
		}
	}
	return names, platform, nil
}

// retained is what a stack's repositories keep now.
func (a *app) retained(ctx context.Context, stack string) ([]report.Retention, error) {
	out, ok, err := a.odoo(ctx, stack)
	if err != nil || !ok {
		return nil, notThere("list the backups of "+stack, stack, err)
	}
	get, err := a.cloudGetter()
	if err != nil {
		return nil, err
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return nil, fmt.Errorf("the local cloud keeps records only")
	}
	key, err := a.operatorKey(ctx, stack)
	if err != nil {
		return nil, err
	}
	host := generation.HostOf(out, key, stack)
	defer func() { _ = host.Close() }()
	info, err := backup.Look(ctx, &backup.SSH{Script: host.Script, Stack: stack, Container: out.Containers["backup"]}, stack)
	if err != nil {
		return nil, err
	}
	policy := backup.Default
	var kept []report.Retention
	for _, r := range info.Repositories {
		k := report.Retention{
			Stack: stack, Repository: r.Number, Backups: len(r.Backups), Error: r.Error,
			WindowDays: int(policy.Window / (24 * time.Hour)),
			Policy:     fmt.Sprintf("%d daily, %d weekly, %d monthly", policy.Daily, policy.Weekly, policy.Monthly),
		}
		for _, b := range r.Backups {
			at := b.Stopped()
			if k.Oldest == nil || at.Before(*k.Oldest) {
				k.Oldest = &at
			}
			if k.Newest == nil || at.After(*k.Newest) {
				k.Newest = &at
			}
		}
		kept = append(kept, k)
	}
	return kept, nil
}

func printGDPR(w io.Writer, g report.GDPR) {
	day := func(t *time.Time) string {
		if t == nil {
			return "-"
		}
		return t.UTC().Format(time.DateOnly)
	}
	fmt.Fprintf(w, "Personal data, %s to %s\n\nRestores\n", g.Since.Format(time.DateOnly), g.Made.Format(time.DateOnly))
	var rows [][]string
	for _, r := range g.Restores {
		rows = append(rows, []string{r.When.UTC().Format(time.RFC3339), r.What, r.Stack, r.Who, string(r.Outcome), r.Key})
	}
	table(w, []string{"when", "what", "to", "who", "outcome", "evidence"}, rows)
	fmt.Fprintln(w, "\nAccess")
	rows = nil
	for _, e := range g.Access {
		rows = append(rows, []string{e.When.UTC().Format(time.RFC3339), e.What, dash(e.Stack), e.Who, string(e.Outcome)})
	}
	table(w, []string{"when", "what", "stack", "who", "outcome"}, rows)
	fmt.Fprintln(w, "\nRetention")
	rows = nil
	for _, r := range g.Retention {
		rows = append(rows, []string{
			r.Stack, fmt.Sprint(r.Repository), fmt.Sprint(r.Backups), day(r.Oldest), day(r.Newest), fmt.Sprintf("%d days", r.WindowDays), r.Policy, dash(r.Error),
		})
	}
	table(w, []string{"stack", "repository", "backups", "oldest", "newest", "any point in time", "policy", "error"}, rows)
	fmt.Fprintln(w, "\nErasures")
	rows = nil
	for _, e := range g.Erasures {
		rows = append(rows, []string{e.At, e.Stack, e.Model, fmt.Sprint(e.ID), e.Reason, e.Until.Format(time.DateOnly)})
	}
	table(w, []string{"when", "stack", "model", "id", "reason", "out of all backups by"}, rows)
	for _, gap := range g.Gaps {
		fmt.Fprintln(w, "\nnot looked at: "+gap)
	}
}
