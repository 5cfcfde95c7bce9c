package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/components/price"
	"github.com/odooops/odooops/ops/cost"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) costCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cost [STACK]",
		Short: "Estimate what stacks cost a month",
		Long: "Estimate what stacks cost a month, in US dollars without tax, from what is in their state and a table of list prices.\n\n" +
			"What the table doesn't know is named. What is paid by use (stored and sent data) is named and not counted.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.cost(cmd.Context(), args)
		},
	}
}

func (a *app) cost(ctx context.Context, stacks []string) error {
	asked := len(stacks) > 0
	if !asked {
		var err error
		if stacks, err = a.statusStacks(ctx); err != nil {
			return err
		}
	}
	estimates := []cost.Stack{}
	for _, stack := range stacks {
		if !project.IsPreview(stack) && !config.IsRestore(stack) {
			if err := a.project.CheckStack(stack); err != nil {
				return err
			}
		}
		kind, err := a.kindOf(stack)
		if err != nil {
			return err
		}
		state, exists, err := a.state(ctx, stack)
		if err != nil {
			return err
		}
		if !exists && asked {
			return fault.Newf("estimate the cost of "+stack, "run odooops up "+stack, "there is no such stack yet")
		}
		if exists && state.Custom() > 0 {
			estimates = append(estimates, cost.Of(stack, kind, cost.Resources(state)))
		}
	}
	e := cost.Sum(estimates)
	return a.emit(e, func(w io.Writer) { printCost(w, e) })
}

func printCost(w io.Writer, e cost.Estimate) {
	var rows [][]string
	for _, s := range e.Stacks {
		rows = append(rows, []string{s.Stack, s.Kind, "", "", dollars(s.Dollars)})
		for _, p := range s.Parts {
			rows = append(rows, []string{"", "", partName(p), p.What, partPrice(p)})
		}
	}
	for _, p := range e.Account {
		rows = append(rows, []string{"the account", "", partName(p), p.What, dollars(p.Dollars)})
	}
	rows = append(rows, []string{"sum", "", "", "", dollars(e.Dollars)})
	table(w, []string{"stack", "kind", "part", "what", "$ a month"}, rows)
	fmt.Fprintf(w, "\nPrices of %s, without tax: %s\n", e.PricesOf, e.Source)
	for _, u := range e.Use {
		fmt.Fprintln(w, "By use, on top: "+u)
	}
	for _, u := range e.Unknown {
		fmt.Fprintln(w, "NOT COUNTED: "+u)
	}
}

func partName(p price.Part) string {
	return strings.TrimSpace(p.Type[strings.LastIndex(p.Type, ":")+1:] + " " + p.Name)
}

func partPrice(p price.Part) string {
	switch {
	case p.Unknown != "":
		return "unknown"
	case p.Account:
		return "once"
	case p.Dollars == 0:
		return "by use"
	}
	return dollars(p.Dollars)
}

// printDifference says what a plan changes in a stack's price.
func printDifference(w io.Writer, d *cost.Difference) {
	if d == nil {
		return
	}
	fmt.Fprintf(w, "\ncost: %+.2f $ a month (%.2f, was %.2f), prices of %s\n", d.After-d.Before, d.After, d.Before, price.Date)
	for _, c := range d.Changes {
		fmt.Fprintln(w, "  "+changeText(c))
	}
}

func dollars(d float64) string { return fmt.Sprintf("%.2f", d) }
