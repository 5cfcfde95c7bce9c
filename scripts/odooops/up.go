package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks"
)

type upFlags struct {
	dryRun, cancel bool
	images, allow  []string
}

func (a *app) upCommand() *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up STACK",
		Short: "Bring a stack to what its config declares",
		Long: "Bring a stack to what its config declares.\n\nIt refuses, before anything changes, what would take away protected data or\n" +
			"replace a production machine, and anything else of production in the cloud that\n" +
			"would be replaced or deleted and is not named by --allow-replace. Killed at any moment, the next run goes on.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.dryRun {
				return a.up(cmd.Context(), args[0], f)
			}
			return a.record(cmd.Context(), "up", args[0], func() (map[string]any, error) {
				return map[string]any{"images": f.images, "allowReplace": f.allow}, a.up(cmd.Context(), args[0], f)
			})
		},
	}
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the plan, change nothing")
	cmd.Flags().BoolVar(&f.cancel, "cancel", false, "first clear the lock of a run that is dead")
	cmd.Flags().StringArrayVar(&f.images, "image", nil, "set an image in the stack's config first: odoo=REPOSITORY@sha256:… (repeatable)")
	allowReplace(cmd, &f)
	return cmd
}

func allowReplace(cmd *cobra.Command, f *upFlags) {
	cmd.Flags().StringArrayVar(&f.allow, "allow-replace", nil, "let this be replaced or deleted in production: TYPE:NAME, as the refusal says it (repeatable)")
}

func (a *app) up(ctx context.Context, stack string, f upFlags) error {
	r, err := a.update(ctx, stack, f)
	if err != nil {
		return err
	}
	return a.emit(r, func(w io.Writer) { printUp(w, stack, r, f.dryRun) })
}

// update brings a stack to its config, or with dryRun says what that would do;
// of what was refused the result has the plan.
func (a *app) update(ctx context.Context, stack string, f upFlags) (deploy.UpResult, error) {
	var none deploy.UpResult
	if err := a.setImages(stack, f); err != nil {
		return none, err
	}
	values, err := a.checked(ctx, stack)
	if err != nil {
		return none, err
	}
	if err := a.checkBackend(ctx, stack, values); err != nil {
		return none, err
	}
	more := map[string]string{} // the program reads it when it runs
	s, err := a.open(ctx, stack, stacks.New(stacks.Options{Values: more}), true)
	if err != nil {
		return none, err
	}
	given, err := a.programValues(ctx, stack, values, f.dryRun)
	if err != nil {
		return none, err
	}
	maps.Copy(more, given)
	if f.cancel {
		if err := s.Cancel(ctx); err != nil {
			return none, err
		}
	}
	repair, err := a.repairer(stack)
	if err != nil {
		return none, err
	}
	r, err := deploy.Up(ctx, deploy.UpOptions{
		Stack: s, Kind: values["kind"], DryRun: f.dryRun, Say: a.sayLine, Repair: repair, AllowReplace: f.allow,
	})
	if err == nil {
		a.afterUp(ctx, stack, values, r, f.dryRun)
	}
	return r, err
}

func printUp(w io.Writer, stack string, r deploy.UpResult, dry bool) {
	switch {
	case dry:
		printPlan(w, r.Plan)
		printDifference(w, r.Cost)
		return
	case !r.Changed:
		fmt.Fprintf(w, "%s: no changes (%d resources)\n", stack, r.Plan.Same)
	default:
		fmt.Fprintf(w, "%s: %d changed, %d as before\n", stack, len(r.Plan.Steps), r.Plan.Same)
	}
	printOutputs(w, r.Outputs)
}

func printPlan(w io.Writer, p workspace.Plan) {
	if p.Empty() {
		fmt.Fprintf(w, "no changes (%d resources)\n", p.Same)
		return
	}
	rows := make([][]string, 0, len(p.Steps))
	for _, s := range p.Steps {
		rows = append(rows, []string{s.Op, s.Type[strings.LastIndex(s.Type, ":")+1:], s.Name, strings.Join(s.Why, ", ")})
	}
	table(w, []string{"operation", "type", "name", "because of"}, rows)
}
