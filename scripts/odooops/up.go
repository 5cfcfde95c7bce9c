package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks"
)

type upFlags struct {
	dryRun, cancel bool
	images         []string
}

func (a *app) upCommand() *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up STACK",
		Short: "Bring a stack to what its config declares",
		Long: "Bring a stack to what its config declares.\n\nIt refuses, before anything changes, what would take away protected data or\n" +
			"replace a production machine. Killed at any moment, the next run goes on.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.dryRun {
				return a.up(cmd.Context(), args[0], f)
			}
			return a.record(cmd.Context(), "up", args[0], func() (map[string]any, error) {
				return map[string]any{"images": f.images}, a.up(cmd.Context(), args[0], f)
			})
		},
	}
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the plan, change nothing")
	cmd.Flags().BoolVar(&f.cancel, "cancel", false, "first clear the lock of a run that is dead")
	cmd.Flags().StringArrayVar(&f.images, "image", nil, "set an image in the stack's config first: odoo=REPOSITORY@sha256:… (repeatable)")
	return cmd
}

func (a *app) previewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "preview STACK",
		Short: "Show what up would do",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.up(cmd.Context(), args[0], upFlags{dryRun: true})
		},
	}
}

func (a *app) up(ctx context.Context, stack string, f upFlags) error {
	if err := a.setImages(stack, f); err != nil {
		return err
	}
	values, err := a.checked(ctx, stack)
	if err != nil {
		return err
	}
	s, err := a.open(ctx, stack, stacks.Program, true)
	if err != nil {
		return err
	}
	if f.cancel {
		if err := s.Cancel(ctx); err != nil {
			return err
		}
	}
	repair, err := a.repairer(stack)
	if err != nil {
		return err
	}
	r, err := deploy.Up(ctx, deploy.UpOptions{
		Stack: s, Kind: values["kind"], DryRun: f.dryRun, Say: a.sayLine, Repair: repair,
	})
	if err != nil {
		return err
	}
	a.afterUp(ctx, stack, values, r, f.dryRun)
	return a.emit(r, func(w io.Writer) { printUp(w, stack, r, f.dryRun) })
}

// setImages writes the references into the stack's config: what runs is always
// what the committed file says.
func (a *app) setImages(stack string, f upFlags) error {
	if len(f.images) == 0 {
		return nil
	}
	if f.dryRun {
		return fault.Usage("up "+stack, "leave one of them away", "--image changes the config, --dry-run changes nothing")
	}
	if err := a.project.CheckStack(stack); err != nil {
		return err
	}
	file, err := stackfile.Read(a.project.StackFile(stack))
	if err != nil {
		return err
	}
	for _, i := range f.images {
		name, ref, ok := strings.Cut(i, "=")
		if !ok || name == "" || ref == "" {
			return fault.Usage("up "+stack, "--image odoo=REPOSITORY@sha256:…", "%q is not NAME=REFERENCE", i)
		}
		if err := file.SetIn(ref, "images", name); err != nil {
			return err
		}
	}
	return file.Save()
}

func printUp(w io.Writer, stack string, r deploy.UpResult, dry bool) {
	switch {
	case dry:
		printPlan(w, r.Plan)
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
