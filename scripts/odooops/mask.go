package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/live"
)

func (a *app) maskCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "mask", Short: "What the masking manifest says of a stack's database"}
	var propose bool
	check := &cobra.Command{
		Use:   "check STACK",
		Short: "List the columns without a class: a restore would refuse them",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.checkMask(cmd.Context(), args[0], propose)
		},
	}
	check.Flags().BoolVar(&propose, "propose", false, "print sections of the manifest for them, to be reviewed")
	cmd.AddCommand(check)
	return cmd
}

func (a *app) checkMask(ctx context.Context, stack string, propose bool) error {
	what := "mask check " + stack
	out, ok, err := a.odoo(ctx, stack)
	if err != nil {
		return err
	}
	if !ok {
		return fault.Newf(what, "odooops up "+stack, "it has no database yet")
	}
	get, err := a.cloudGetter()
	if err != nil {
		return err
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return fault.Newf(what, "run odooops local stop --purge, then make up", "the local cloud keeps records only: no machine runs")
	}
	key, err := a.operatorKey(ctx, stack)
	if err != nil {
		return err
	}
	host := &hostscript.Host{Access: out.Access(key), Name: "the host of " + stack}
	defer func() { _ = host.Close() }()
	if propose {
		sections, err := live.Propose(ctx, host, out.Containers["postgres"])
		if err != nil {
			return err
		}
		return a.emit(sections, func(w io.Writer) { fmt.Fprint(w, sections.YAML) })
	}
	result, err := live.Check(ctx, host, out.Containers["postgres"])
	if err != nil {
		return err
	}
	if err := a.emit(result, func(w io.Writer) { printMaskCheck(w, stack, result) }); err != nil {
		return err
	}
	if n := len(result.Unclassified) + len(result.Problems); n > 0 {
		return fault.Newf(what, "odooops mask check "+stack+" --propose, review the lines and put them into ops/mask/manifest (docs/masking.md)",
			"%d columns have no class, %d have one that does not fit: a restore would refuse", len(result.Unclassified), len(result.Problems))
	}
	return nil
}

func printMaskCheck(w io.Writer, stack string, r mask.CheckResult) {
	if len(r.Unclassified)+len(r.Problems) == 0 {
		fmt.Fprintf(w, "%s: every column has a class\n", stack)
		return
	}
	cells := make([][]string, 0, len(r.Unclassified))
	for _, u := range r.Unclassified {
		cells = append(cells, []string{u.Table, u.Column, u.Type, dash(u.Module), u.Proposal})
	}
	table(w, []string{"table", "column", "type", "module", "proposal"}, cells)
	for _, p := range r.Problems {
		fmt.Fprintln(w, p)
	}
}
