package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/ops/erasure"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) eraseCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "erase STACK MODEL ID",
		Short: "Erase a person's record from Odoo, and from every restore that follows",
		Long: "Erase a person's record from Odoo, and from every restore that follows.\n\nIt is deleted, or where Odoo refuses that, archived without its personal fields.\n" +
			"The ledger of erasures keeps model, id, time and the reason's word, never a name.\nBackups made before hold the record until they expire; odooops report gdpr says when.",
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.record(cmd.Context(), "erase", args[0], func() (map[string]any, error) {
				return a.erase(cmd.Context(), args[0], args[1], args[2], reason)
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "one word that says why, such as article-17 (required)")
	cmd.AddCommand(&cobra.Command{
		Use: "list STACK", Short: "What was erased, newest first", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.eraseList(cmd.Context(), args[0]) },
	})
	return cmd
}

func (a *app) erase(ctx context.Context, stack, model, id, reason string) (map[string]any, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, fault.Usage("erase "+model+" "+id, "give the record's id, a number", "%q is no number", id)
	}
	if err := erasure.Check(model, n, reason); err != nil {
		return nil, err
	}
	o, err := a.erasures(ctx, stack)
	if err != nil {
		return nil, err
	}
	e, err := erasure.Erase(ctx, o, model, n, reason)
	evidence := map[string]any{"model": e.Model, "id": e.ID, "how": e.How}
	if err != nil {
		return evidence, err
	}
	return evidence, a.emit(e, func(w io.Writer) { fmt.Fprintf(w, "%s %d of %s: %s\n", e.Model, e.ID, stack, e.How) })
}

func (a *app) eraseList(ctx context.Context, stack string) error {
	out, ok, err := a.odoo(ctx, stack)
	if err != nil || !ok {
		return notThere("list the erasures of "+stack, stack, err)
	}
	store, err := a.evidence(ctx, out.Platform)
	if err != nil {
		return err
	}
	entries, err := erasure.List(ctx, store, stack, time.Time{})
	if err != nil {
		return err
	}
	return a.emit(entries, func(w io.Writer) {
		rows := make([][]string, 0, len(entries))
		for _, e := range entries {
			rows = append(rows, []string{e.At, e.Model, fmt.Sprint(e.ID), e.Reason})
		}
		table(w, []string{"erased", "model", "id", "reason"}, rows)
	})
}

// erasures is how records of a stack are erased.
func (a *app) erasures(ctx context.Context, stack string) (erasure.Options, error) {
	out, ok, err := a.odoo(ctx, stack)
	if err != nil || !ok {
		return erasure.Options{}, notThere("erase in "+stack, stack, err)
	}
	if out.Kind != config.KindProduction {
		return erasure.Options{}, fault.Usage("erase in "+stack, "erase in production; staging is made anew from it", "it is of kind %s", out.Kind)
	}
	return a.erasuresOf(ctx, stack, out)
}

func (a *app) erasuresOf(ctx context.Context, stack string, out config.OdooOutputs) (erasure.Options, error) {
	store, err := a.evidence(ctx, out.Platform)
	if err != nil {
		return erasure.Options{}, err
	}
	key, err := a.operatorKey(ctx, stack)
	if err != nil {
		return erasure.Options{}, err
	}
	return erasure.Options{Stack: stack, Store: store, Now: time.Now, Shell: odooShell(out, out.Access(key), stack)}, nil
}

// odooShell runs Python in Odoo's shell, in the container that serves.
func odooShell(out config.OdooOutputs, access sshaccess.Access, stack string) func(context.Context, string) (string, error) {
	return func(ctx context.Context, script string) (string, error) {
		host := &hostscript.Host{Access: access, Name: "the host of " + stack}
		defer func() { _ = host.Close() }()
		return erasure.Shell(ctx, host, out.Containers["odoo"], out.Database, script)
	}
}

// notThere is the error of a stack without outputs.
func notThere(what, stack string, err error) error {
	if err != nil {
		return err
	}
	return fault.Newf(what, "run odooops up "+stack+"; odooops status says what is there", "it is not there yet")
}
