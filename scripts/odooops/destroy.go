package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
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

// dependents are the stacks that stand on this one and still exist: on a
// platform all others, on the previews' host the previews.
func (a *app) dependents(ctx context.Context, stack string) ([]string, error) {
	kind, err := a.project.Kind(stack)
	if err != nil {
		return nil, err
	}
	var candidates []string
	switch kind {
	case config.KindPlatform:
		if candidates, err = a.standOn(stack); err == nil {
			candidates, err = a.withRestores(ctx, candidates)
		}
	case config.KindPreviewHost:
		candidates, err = a.previews(ctx)
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for _, other := range candidates {
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

// withRestores adds the machines of restores that a kill left.
func (a *app) withRestores(ctx context.Context, stacks []string) ([]string, error) {
	b, err := a.backend(config.Core)
	if err != nil {
		return nil, err
	}
	all, err := b.Stacks(ctx)
	for _, stack := range all {
		if config.IsRestore(stack) {
			stacks = append(stacks, stack)
		}
	}
	return stacks, err
}

// standOn are the stacks whose config names the platform, or its bastion.
func (a *app) standOn(platform string) ([]string, error) {
	var out []string
	for _, other := range a.project.Stacks() {
		f, err := stackfile.Read(a.project.StackFile(other))
		if err != nil {
			return nil, err
		}
		on := f.Plain("platform")
		switch {
		case f.Plain("kind") == config.KindPlatform:
			continue
		case f.Plain("kind") == config.KindPreviewHost:
			on = strings.TrimSuffix(f.Plain("bastionName"), "-bastion")
		}
		if on == "" {
			on = config.KindPlatform
		}
		if on == platform {
			out = append(out, other)
		}
	}
	return out, nil
}

// previews are the stacks of pull requests that the backend has.
func (a *app) previews(ctx context.Context) ([]string, error) {
	b, err := a.backend(config.Previews)
	if err != nil {
		return nil, err
	}
	all, err := b.Stacks(ctx)
	return slices.DeleteFunc(all, func(name string) bool { return !project.IsPreview(name) }), err
}
