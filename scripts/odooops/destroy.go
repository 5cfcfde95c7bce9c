package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/stackfile"
)

type destroyFlags struct {
	dryRun, cancel bool
	confirm        string
}

func (a *app) destroyCommand() *cobra.Command {
	var f destroyFlags
	cmd := &cobra.Command{
		Use:   "destroy STACK",
		Short: "Delete everything of a stack, or nothing while it holds protected data",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.dryRun {
				return a.destroy(cmd.Context(), args[0], f)
			}
			return a.record(cmd.Context(), "destroy", args[0], func() (map[string]any, error) {
				return nil, a.destroy(cmd.Context(), args[0], f)
			})
		},
	}
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would go, delete nothing")
	cmd.Flags().BoolVar(&f.cancel, "cancel", false, "first clear the lock of a run that is dead")
	cmd.Flags().StringVar(&f.confirm, "confirm", "", "the stack's name again: its data goes with it")
	return cmd
}

func (a *app) destroy(ctx context.Context, stack string, f destroyFlags) error {
	if err := a.project.CheckStack(stack); err != nil {
		return err
	}
	dependents, err := a.dependents(ctx, stack)
	if err != nil {
		return err
	}
	s, err := a.open(ctx, stack, nil, false)
	if err != nil {
		return err
	}
	if f.cancel {
		if err := s.Cancel(ctx); err != nil {
			return err
		}
	}
	r, err := deploy.Destroy(ctx, deploy.DestroyOptions{
		Stack: s, HoldsData: true, Confirm: f.confirm, Dependents: dependents, DryRun: f.dryRun,
	})
	if err != nil {
		return err
	}
	return a.emit(r, func(w io.Writer) {
		if f.dryRun {
			printPlan(w, r.Plan)
			return
		}
		fmt.Fprintf(w, "%s: destroyed, %d resources deleted\n", stack, len(r.Plan.Steps))
	})
}

// dependents are the stacks that stand on a platform and still exist.
func (a *app) dependents(ctx context.Context, stack string) ([]string, error) {
	var out []string
	for _, other := range a.project.Stacks() {
		if other == stack {
			continue
		}
		f, err := stackfile.Read(a.project.StackFile(other))
		if err != nil {
			return nil, err
		}
		on := f.Plain("platform")
		if on == "" && f.Plain("kind") != "platform" {
			on = "platform"
		}
		if on != stack {
			continue
		}
		st, exists, err := a.state(ctx, other)
		if err != nil {
			return nil, err
		}
		if exists && st.Custom() > 0 {
			out = append(out, other)
		}
	}
	return out, nil
}
