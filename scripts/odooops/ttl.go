package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/digitalocean/godo"
	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/github"
	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/pr"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/ttl"
	"github.com/odooops/odooops/ops/watch"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) ttlCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "ttl", Short: "What ends, and when"}
	cmd.AddCommand(a.ttlSweep(), a.ttlExtend())
	return cmd
}

type sweepFlags struct {
	zone, github string
	parallel     int
	dryRun       bool
}

func (a *app) ttlSweep() *cobra.Command {
	var f sweepFlags
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Delete what is past its time, whose pull request is closed, or what no stack has",
		Long: "Delete what is past its time, whose pull request is closed, or what no stack has.\n\n" +
			"Exits with 1 when something could not be deleted or has no readable end; the next\n" +
			"sweep tries again. With a backend that is empty, foreign or unreadable it deletes nothing.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.dryRun {
				_, err := a.sweep(cmd.Context(), f)
				return err
			}
			return a.record(cmd.Context(), "ttl sweep", "", func() (map[string]any, error) {
				r, err := a.sweep(cmd.Context(), f)
				return map[string]any{"removed": r.Removed, "failed": r.Failed, "locked": r.Locked}, err
			})
		},
	}
	cmd.Flags().StringVar(&f.zone, "zone", string(config.Previews), "previews; or core: stagings and restores")
	cmd.Flags().StringVar(&f.github, "github", "", "OWNER/REPO: also take the previews of closed pull requests")
	cmd.Flags().IntVar(&f.parallel, "parallel", 4, "how many are deleted at once")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would go, delete nothing")
	return cmd
}

func (a *app) sweep(ctx context.Context, f sweepFlags) (ttl.Result, error) {
	zone, err := project.ParseZone(f.zone)
	if err != nil {
		return ttl.Result{}, err
	}
	if f.parallel < 1 || f.parallel > 32 {
		return ttl.Result{}, fault.Usage("ttl sweep", "--parallel 1 to 32", "%d at once", f.parallel)
	}
	o := ttl.Options{
		Zone: zone, Parallel: f.parallel, DryRun: f.dryRun, Now: time.Now(), Say: a.sayLine,
		Kind: func(stack string) string {
			kind, err := a.kindOf(stack)
			if err != nil {
				return ""
			}
			return kind
		},
	}
	if f.github != "" {
		if o.PullRequests, err = github.New(a.getenv, f.github); err != nil {
			return ttl.Result{}, err
		}
	}
	env, err := local.Env(a.project, a.getenv, zone)
	if err != nil {
		return ttl.Result{}, err
	}
	do, err := cloud.DigitalOcean(cloud.Overlay(env, a.getenv))
	if err != nil {
		return ttl.Result{}, err
	}
	if zone == config.Core {
		err = a.sweepCore(ctx, &o, do)
	} else {
		err = a.sweepPreviews(ctx, &o, do, env)
	}
	if err != nil {
		return ttl.Result{}, err
	}
	r, err := ttl.Sweep(ctx, o)
	if zone == config.Core && !f.dryRun {
		a.tellEnds(ctx, o.HostStack, r)
	}
	if r.Rows == nil || len(r.Rows) == 0 && err != nil {
		return r, err
	}
	if emitted := a.emit(r, func(w io.Writer) { printSweep(w, r) }); emitted != nil {
		return r, emitted
	}
	return r, err
}

// tellEnds has the alerts go by what the sweep read, each time: what was told
// long ago is forgotten.
func (a *app) tellEnds(ctx context.Context, platform string, r ttl.Result) {
	var ends []watch.Gauge
	for _, row := range r.Rows {
		if kind, err := a.kindOf(row.Stack); row.What == "stack" && err == nil && kind == config.KindStaging {
			ends = append(ends, endOf(row.Stack, kind, row.ExpiresAt)...)
		}
	}
	if len(ends) > 0 {
		a.tell(ctx, platform, ends...)
	}
}

// sweepPreviews: previews are destroyed in folders of their own.
func (a *app) sweepPreviews(ctx context.Context, o *ttl.Options, do *godo.Client, env map[string]string) error {
	pattern, err := a.pattern(ctx)
	if err != nil {
		return err
	}
	b, err := backend.Open(env)
	if err != nil {
		return err
	}
	o.Backend, o.BackendID, o.HostStack = b, pattern["backendId"], pattern["host"]
	// Before anything is opened that could fail for another reason.
	if err := b.Check(ctx, config.Previews, o.BackendID); err != nil {
		return fault.New("sweep zone previews", "nothing was removed; check zones.yaml, PULUMI_BACKEND_URL and the backend's key", err)
	}
	s, err := a.shop(ctx)
	if err != nil {
		return err
	}
	o.Destroy = func(ctx context.Context, stack string) error {
		_, err := s.Down(ctx, pr.DownOptions{Stack: stack})
		return err
	}
	o.Sources = []ttl.Source{ttl.Machines{Cloud: do}, ttl.Disks{Cloud: do}}
	if s.Host.Domain != "" {
		o.Sources = append(o.Sources, ttl.Names{Cloud: do, Zone: s.Host.Domain})
	}
	if s.On != nil {
		o.Sources = append(o.Sources, ttl.OnHost{Host: s.On, Backend: o.BackendID})
	}
	return nil
}

// sweepCore: stagings are stacks of the checkout, restores have folders of
// their own.
func (a *app) sweepCore(ctx context.Context, o *ttl.Options, do *godo.Client) error {
	b, err := a.backend(config.Core)
	if err != nil {
		return err
	}
	o.Backend, o.HostStack = b, config.KindPlatform
	for _, stack := range a.project.Stacks() {
		if kind, err := a.project.Kind(stack); err == nil && kind == config.KindPlatform {
			o.HostStack = stack
			break
		}
	}
	if o.BackendID, err = a.backendID(config.Core); err != nil {
		return err
	}
	// Before anything is opened that could fail for another reason.
	if err := b.Check(ctx, config.Core, o.BackendID); err != nil {
		return fault.New("sweep zone core", "nothing was removed; check zones.yaml, PULUMI_BACKEND_URL and the backend's key", err)
	}
	restores, err := a.quarantines(ctx)
	if err != nil {
		return err
	}
	o.Destroy = func(ctx context.Context, stack string) error {
		if config.IsRestore(stack) {
			return restores.Destroy(ctx, stack)
		}
		s, err := a.open(ctx, stack, nil, false)
		if err != nil {
			return err
		}
		_, err = deploy.Destroy(ctx, deploy.DestroyOptions{Stack: s})
		return err
	}
	o.Sources = []ttl.Source{ttl.Machines{Cloud: do}, ttl.Disks{Cloud: do}}
	return nil
}

func printSweep(w io.Writer, r ttl.Result) {
	cells := make([][]string, 0, len(r.Rows))
	for _, row := range r.Rows {
		cells = append(cells, []string{row.What, row.Name, row.Reason, row.Action, dash(row.ExpiresAt), dash(row.Detail)})
	}
	table(w, []string{"what", "name", "why", "done", "expires", "detail"}, cells)
	fmt.Fprintf(w, "%d removed, %d kept, %d locked, %d failed, in %.1f s\n", r.Removed, r.Kept, r.Locked, r.Failed, r.Seconds)
	for _, p := range r.Problems {
		fmt.Fprintln(w, p)
	}
}

func (a *app) ttlExtend() *cobra.Command {
	var d time.Duration
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "extend STACK --for 48h",
		Short: "Move the end of a preview or a staging: the only way to move it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dryRun {
				return a.extend(cmd.Context(), args[0], d, true)
			}
			return a.record(cmd.Context(), "ttl extend", args[0], func() (map[string]any, error) {
				return map[string]any{"for": d.String()}, a.extend(cmd.Context(), args[0], d, false)
			})
		},
	}
	cmd.Flags().DurationVar(&d, "for", 0, "how much longer, such as 48h (required)")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say until when, change nothing")
	return cmd
}

// kindOf is a stack's kind: by its name, where it has no file.
func (a *app) kindOf(stack string) (string, error) {
	switch {
	case project.IsPreview(stack):
		return config.KindPreview, nil
	case config.IsRestore(stack):
		return config.KindRestore, nil
	}
	return a.project.Kind(stack)
}

func (a *app) extend(ctx context.Context, stack string, d time.Duration, dryRun bool) error {
	zone, err := a.project.ZoneOf(stack)
	if err != nil {
		return err
	}
	kind, err := a.kindOf(stack)
	if err != nil {
		return err
	}
	b, err := a.backend(zone)
	if err != nil {
		return err
	}
	id, err := a.backendID(zone)
	if err != nil {
		return err
	}
	if err := b.Check(ctx, zone, id); err != nil {
		return err
	}
	e, err := ttl.Extend(ctx, b, zone, kind, stack, d, time.Now(), dryRun)
	if err != nil {
		return err
	}
	if !dryRun {
		a.tellEnd(ctx, zone, kind, e)
	}
	return a.emit(e, func(w io.Writer) { fmt.Fprintf(w, "%s ends %s (was: %s)\n", e.Stack, e.To, dash(e.From)) })
}

// endOf is what the alerts go by; nothing for a stack without an end.
func endOf(stack, kind, end string) []watch.Gauge {
	at, err := time.Parse(time.RFC3339, end)
	if err != nil {
		return nil
	}
	return []watch.Gauge{{
		Name: "odooops_stack_expires_seconds", Value: float64(at.Unix()), Labels: map[string]string{"stack": stack, "kind": kind},
	}}
}

// tellEnd has the alerts go by the new end. Previews' is written down on their
// shared host. The tag is what counts: that it can't be told undoes nothing.
func (a *app) tellEnd(ctx context.Context, zone config.Zone, kind string, e ttl.Extension) {
	if zone == config.Core {
		if platform, err := a.platformOf(e.Stack); err == nil {
			a.tell(ctx, platform, endOf(e.Stack, kind, e.To)...)
		}
		return
	}
	s, err := a.shop(ctx)
	if err == nil && s.On != nil {
		defer func() { _ = s.On.Close() }()
		err = s.On.Extend(ctx, e.Stack, e.To)
	}
	if err != nil {
		a.say("warning: the alerts still go by the old end: %v", err)
	}
}
