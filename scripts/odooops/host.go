package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/replace"
	"github.com/odooops/odooops/stacks"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) hostCommand() *cobra.Command {
	var dryRun, renewKeys bool
	cmd := &cobra.Command{Use: "host", Short: "The machine under a stack"}
	rep := &cobra.Command{
		Use:   "replace STACK",
		Short: "Put a new machine under the same data",
		Long: "Stop cleanly, detach the volume, replace the machine, attach, start. Works when the\n" +
			"old machine is dead. Killed at any step, the next run goes on.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dryRun {
				_, err := a.replaceHost(cmd.Context(), args[0], true, renewKeys)
				return err
			}
			return a.record(cmd.Context(), "host replace", args[0], func() (map[string]any, error) {
				return a.replaceHost(cmd.Context(), args[0], false, renewKeys)
			})
		},
	}
	rep.Flags().BoolVar(&dryRun, "dry-run", false, "show the steps, change nothing")
	rep.Flags().BoolVar(&renewKeys, "renew-keys", false, "revoke the keys to the backups that the old machine knows, and make new ones")
	cmd.AddCommand(rep)
	return cmd
}

func (a *app) replaceHost(ctx context.Context, stack string, dryRun, renewKeys bool) (map[string]any, error) {
	values, err := a.checked(ctx, stack)
	if err != nil {
		return nil, err
	}
	if !deploy.HoldsData(values["kind"]) {
		return nil, fault.Usage("host replace "+stack, "run odooops up "+stack+": its machine holds no data", "it is of kind %s", values["kind"])
	}
	more, err := a.programValues(ctx, stack, values, true)
	if err != nil {
		return nil, err
	}
	s, err := a.open(ctx, stack, stacks.New(stacks.Options{ReplaceHost: true, Values: more}), false)
	if err != nil {
		return nil, err
	}
	final, err := a.open(ctx, stack, stacks.New(stacks.Options{Values: more}), false)
	if err != nil {
		return nil, err
	}
	get, err := a.cloudGetter()
	if err != nil {
		return nil, err
	}
	do, err := cloud.DigitalOcean(get)
	if err != nil {
		return nil, err
	}
	repair, err := a.repairer(stack)
	if err != nil {
		return nil, err
	}
	// An interrupted replacement leaves no outputs worth dialling: the shell
	// is asked for only while the old machine is the state's.
	m, ok, err := a.machine(ctx, stack)
	if err != nil {
		return nil, err
	}
	o := replace.Options{Stack: s, Final: final, Cloud: do, Repair: repair, DryRun: dryRun, Say: a.sayLine}
	o.Shell = a.stackShell(stack, m, 10*time.Second)
	if !ok || get("ODOOOPS_LOCAL_MACHINES") == "none" {
		o.Shell = func(context.Context, string) (string, error) {
			return "", fmt.Errorf("there is no machine to log in on")
		}
	}
	if renewKeys {
		state, err := s.State(ctx)
		if err != nil {
			return nil, err
		}
		o.Renew = replace.Keys(state)
	}
	r, err := replace.Run(ctx, o)
	if err != nil {
		return map[string]any{"old": r.Old}, err
	}
	if renewKeys && !dryRun && values["kind"] == config.KindProduction {
		a.renewKit(ctx, stack, values)
	}
	if m.shared != nil && !dryRun {
		a.say("the previews' data is on the new machine; each comes back by odooops pr up --number N, with what it had")
	}
	evidence := map[string]any{"old": r.Old, "new": r.New, "resumed": r.Resumed, "keysRenewed": len(o.Renew)}
	return evidence, a.emit(r, func(w io.Writer) {
		if dryRun {
			for i, step := range r.Steps {
				fmt.Fprintf(w, "%d. %s\n", i+1, step)
			}
			return
		}
		fmt.Fprintf(w, "%s: droplet %s instead of %s, the data as before\n", stack, r.New, r.Old)
	})
}
