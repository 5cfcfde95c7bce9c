package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/gate"
	"github.com/odooops/odooops/ops/project"
)

// gateCommand is one gate: odooops gate NAME.
type gateCommand struct {
	name, short, long string
	noDir             bool // it looks at no folder
	flags             func(*pflag.FlagSet)
	check             func(ctx context.Context, dir string) (gate.Report, error)
}

func (a *app) gates() []gateCommand {
	return []gateCommand{
		modulesGate(), secretsGate(), imageGate(),
		a.dbObjectsGate(), addonsPathsGate(), dockerfileGate(), smtpGate(), a.cronsGate(), a.maskGate(), a.neutralizeGate(),
	}
}

func (a *app) gateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Check a repository of addons, or a database, in CI",
		Long: "Check a repository of addons, or a database, in CI: one gate a command.\n" +
			"A gate changes nothing. It exits with 1 when something fails, and when there is\n" +
			"nothing to look at; a warning is printed and passes.",
		// A repository of addons need not be a checkout of this program.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
	}
	for _, g := range a.gates() {
		cmd.AddCommand(a.gate(g))
	}
	return cmd
}

func (a *app) gate(g gateCommand) *cobra.Command {
	var dir, junit string
	cmd := &cobra.Command{
		Use: g.name, Short: g.short, Long: g.long, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := time.Now()
			r, err := gate.Run(cmd.Context(), g.name, func(ctx context.Context) (gate.Report, error) { return g.check(ctx, dir) })
			if junit != "" {
				if err := writeJUnit(junit, g.name, r, err, time.Since(start)); err != nil {
					return err
				}
			}
			if err != nil {
				return err
			}
			return a.emitGate(g.name, r)
		},
	}
	if !g.noDir {
		cmd.Flags().StringVar(&dir, "dir", ".", "the folder to look at")
	}
	cmd.Flags().StringVar(&junit, "junit", "", "write the result to this file too, as JUnit's XML")
	if g.flags != nil {
		g.flags(cmd.Flags())
	}
	return cmd
}

func writeJUnit(file, name string, r gate.Report, failed error, took time.Duration) error {
	var b bytes.Buffer
	err := gate.JUnit(&b, name, r, failed, took)
	if err == nil {
		err = os.WriteFile(file, b.Bytes(), 0o644)
	}
	if err != nil {
		return fault.New("gate "+name, "give --junit a file that can be written", err)
	}
	return nil
}

// emitGate prints what a gate found; an error is what makes it fail.
func (a *app) emitGate(name string, r gate.Report) error {
	findings := r.Findings
	if findings == nil {
		findings = []gate.Finding{}
	}
	if err := a.emit(findings, func(w io.Writer) { printFindings(w, name, r) }); err != nil {
		return err
	}
	if n := r.Failed(); n > 0 {
		return fault.Newf("gate "+name, "do what the findings say, then run odooops gate "+name+" again", "%d of %d findings fail", n, len(findings))
	}
	return nil
}

func printFindings(w io.Writer, name string, r gate.Report) {
	if len(r.Findings) == 0 {
		fmt.Fprintf(w, "%s: nothing found (%d looked at)\n", name, len(r.Checked))
		return
	}
	rows := make([][]string, 0, len(r.Findings))
	for _, f := range r.Findings {
		rows = append(rows, []string{string(f.Level), f.Where(), f.Cause, f.Next})
	}
	table(w, []string{"level", "where", "cause", "next"}, rows)
}

// findProject is for gates that need the checkout after all.
func (a *app) findProject() error {
	p, err := project.Find(a.cwd)
	a.project = p
	return err
}
