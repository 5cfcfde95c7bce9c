package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/stacks/config"
)

type previewFlags struct {
	upFlags
	zone, comment string
	number        int
}

func (a *app) previewCommand() *cobra.Command {
	f := previewFlags{upFlags: upFlags{dryRun: true}}
	cmd := &cobra.Command{
		Use:   "preview [STACK]",
		Short: "Show what up would do",
		Long: "Show what up would do: the plan, what the policies say of it, and what it changes\n" +
			"in the price. With --zone of each stack of a zone that has a config file.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(args); err != nil {
				return err
			}
			if f.zone == "" && f.comment == "" {
				return a.up(cmd.Context(), args[0], f.upFlags)
			}
			return a.previewEach(cmd.Context(), args, f)
		},
	}
	allowReplace(cmd, &f.upFlags)
	cmd.Flags().StringVar(&f.zone, "zone", "", "core or previews: each stack of this zone of trust")
	cmd.Flags().StringVar(&f.comment, "comment", "", "OWNER/REPO: keep one comment on the pull request --number up to date")
	cmd.Flags().IntVar(&f.number, "number", 0, "number of the pull request, for --comment")
	return cmd
}

func (f previewFlags) check(args []string) error {
	switch {
	case f.zone == "" && len(args) == 0:
		return fault.Usage("preview", "name a stack, or give --zone", "there is no stack to preview")
	case f.zone != "" && len(args) > 0:
		return fault.Usage("preview", "leave one of them away", "--zone %s is all its stacks, and %s is one", f.zone, args[0])
	case f.comment == "" && f.number != 0:
		return fault.Usage("preview", "give --comment OWNER/REPO too", "--number %d is of no repository", f.number)
	case f.comment != "":
		return checkNumber("preview --comment "+f.comment, f.number)
	}
	return nil
}

// previewed is what became of the preview of one stack.
type previewed struct {
	Stack string `json:"stack"`
	deploy.UpResult
	Error string `json:"error,omitempty"`

	err error
}

// previewEach previews stacks of one zone, one after the other. One that is
// refused doesn't keep the others from being shown.
func (a *app) previewEach(ctx context.Context, args []string, f previewFlags) error {
	zone, names, err := a.stacksToPreview(args, f.zone)
	if err != nil {
		return err
	}
	results := make([]previewed, 0, len(names))
	var failed error
	for _, stack := range names {
		r, err := a.update(ctx, stack, f.upFlags)
		p := previewed{Stack: stack, UpResult: r, err: err}
		if err != nil {
			p.Error = err.Error()
			failed = errors.Join(failed, err)
		}
		results = append(results, p)
	}
	if f.comment != "" {
		failed = errors.Join(failed, a.commentPlans(ctx, f.comment, f.number, zone, results))
	}
	return errors.Join(failed, a.emit(results, func(w io.Writer) {
		for _, p := range results {
			fmt.Fprintln(w, "\n"+p.Stack+":")
			printUp(w, p.Stack, p.UpResult, true)
		}
	}))
}

// stacksToPreview are those of the zone, or the one that was named, and its zone.
func (a *app) stacksToPreview(args []string, zone string) (config.Zone, []string, error) {
	if zone == "" {
		of, err := a.project.ZoneOf(args[0])
		return of, args, err
	}
	wanted, err := project.ParseZone(zone)
	if err != nil {
		return "", nil, err
	}
	var names []string
	for _, stack := range a.project.Stacks() {
		of, err := a.project.ZoneOf(stack)
		if err != nil {
			return "", nil, err
		}
		if of == wanted {
			names = append(names, stack)
		}
	}
	if len(names) == 0 {
		return "", nil, fault.Usage("preview --zone "+zone, "write a Pulumi.STACK.yaml", "no stack of this zone has a config file")
	}
	return wanted, names, nil
}
