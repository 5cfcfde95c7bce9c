package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/ledger"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/workspace"
)

// app is what every command shares.
type app struct {
	out, err io.Writer
	getenv   func(string) string

	cwd     string
	json    bool
	emitted bool
	project *project.Project
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(a.err, "error: %v\n", err)
	if a.json && !a.emitted {
		a.emitError(err)
	}
	return fault.ExitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "odooops",
		Short:         "Operate Odoo on DigitalOcean, or on this computer",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(_ *cobra.Command, _ []string) error {
			p, err := project.Find(a.cwd)
			a.project = p
			return err
		},
	}
	root.PersistentFlags().BoolVar(&a.json, "json", false, "one JSON object or array on stdout, nothing else")
	root.PersistentFlags().StringVar(&a.cwd, "cwd", ".", "a folder of the checkout")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fault.Usage(cmd.CommandPath(), "run "+cmd.CommandPath()+" --help", "%v", err)
	})
	root.AddCommand(a.initCommand(), a.upCommand(), a.previewCommand(), a.destroyCommand(),
		a.hostCommand(), a.imagesCommand(), a.statusCommand(), a.smokeCommand(), a.localCommand(),
		a.prCommand(), a.templateCommand(), a.ttlCommand(), a.certCommand(), a.restoreCommand(), a.kitCommand(), a.backupCommand(), a.maskCommand(),
		a.eraseCommand(), a.reportCommand(), a.logsCommand(), a.costCommand(), a.modulesCommand(), a.gateCommand())
	badUsage(root)
	return root
}

// badUsage makes wrong arguments exit with 2 instead of cobra's 1.
func badUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return fault.Usage(c.CommandPath(), "run "+c.CommandPath()+" --help", "%v", err)
			}
			return nil
		}
	}
	if cmd.HasSubCommands() && cmd.RunE == nil {
		cmd.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fault.Usage(c.CommandPath(), "run "+c.CommandPath()+" --help", "no such command: %s", args[0])
			}
			return c.Help()
		}
		cmd.Args = cobra.ArbitraryArgs
	}
	for _, sub := range cmd.Commands() {
		badUsage(sub)
	}
}

// emit prints a result: as JSON, or as the text that human writes.
func (a *app) emit(v any, human func(io.Writer)) error {
	a.emitted = true
	if !a.json {
		human(a.out)
		return nil
	}
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (a *app) emitError(err error) {
	v := map[string]string{"error": err.Error()}
	var f *fault.Fault
	if errors.As(err, &f) {
		v = map[string]string{"error": f.What, "next": f.Next}
		if f.Cause != nil {
			v["cause"] = f.Cause.Error()
		}
	}
	_ = a.emit(v, nil)
}

func (a *app) say(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }

func (a *app) sayLine(line string) { a.say("%s", line) }

func (a *app) progress() *workspace.Lines { return workspace.NewLines(a.err, time.Now) }

// record runs an operation and appends it to the ledger. What the ledger can't
// take is said, but doesn't undo the operation.
func (a *app) record(ctx context.Context, what, stack string, run func() (map[string]any, error)) error {
	start := time.Now()
	evidence, err := run()
	e := ledger.Event{
		When: start.UTC(), Seconds: time.Since(start).Seconds(), Who: ledger.Who(), What: what, Stack: stack,
		Outcome: ledger.Done, Evidence: evidence,
	}
	if err != nil {
		e.Outcome, e.Error = ledger.Failed, err.Error()
		if fault.ExitCode(err) == 2 {
			e.Outcome = ledger.Refused
		}
	}
	l := ledger.File{Path: a.project.Private("ledger.jsonl")}
	// The operation may have ended because ctx did; it is recorded all the same.
	if lerr := l.Record(context.WithoutCancel(ctx), e); lerr != nil {
		a.say("warning: %v", lerr)
	}
	return err
}
