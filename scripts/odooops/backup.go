package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) backupCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "backup", Short: "Make, list, check and expire backups"}
	cmd.AddCommand(a.backupRun(), a.backupList(), a.backupVerify(), a.backupExpire())
	return cmd
}

func (a *app) backupRun() *cobra.Command {
	var typ string
	var repo int
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "run STACK",
		Short: "Back up the database now, and the files after it, to each repository",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if typ != backup.Full && typ != backup.Diff {
				return fault.Usage("backup run", "--type full or --type diff", "there is no type %q", typ)
			}
			s, err := a.backups(cmd.Context(), "backup run", args[0], repo)
			if err != nil {
				return err
			}
			defer s.close()
			if dryRun {
				plan := map[string]any{"stack": args[0], "type": typ, "repositories": s.numbers}
				return a.emit(plan, func(w io.Writer) {
					fmt.Fprintf(w, "%s: a %s backup would be made in repository %s\n", args[0], typ, joined(s.numbers))
				})
			}
			return a.record(cmd.Context(), "backup run", args[0], func() (map[string]any, error) {
				made, err := backup.Run(cmd.Context(), s.host, backup.RunOptions{Stack: args[0], Type: typ, Repository: repo, Say: a.sayLine})
				return map[string]any{"type": typ, "backups": made}, emitPart(a, err, made, func(w io.Writer) { printMade(w, made) })
			})
		},
	}
	cmd.Flags().StringVar(&typ, "type", backup.Full, "full, or diff: what changed since the last full one")
	cmd.Flags().IntVar(&repo, "repo", 0, "in this repository only")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be made, make nothing")
	return cmd
}

// backupSite is a stack that has backups, and the way to its host.
type backupSite struct {
	out     config.OdooOutputs
	values  map[string]string
	script  *hostscript.Host
	host    *backup.SSH
	numbers []int
}

func (s *backupSite) close() { _ = s.script.Close() }

// backups opens a stack's; repo is one of its repositories, or 0.
func (a *app) backups(ctx context.Context, what, stack string, repo int) (*backupSite, error) {
	what += " " + stack
	values, err := a.values(ctx, stack)
	if err != nil {
		return nil, err
	}
	if values["kind"] != config.KindProduction {
		return nil, fault.Usage(what, "odooops "+strings.Replace(what, stack, "production", 1), "%s is of kind %s, which has no backups", stack, values["kind"])
	}
	out, ok, err := a.opened(ctx, stack)
	if err != nil {
		return nil, err
	}
	if !ok || len(out.Repositories) == 0 {
		return nil, fault.Newf(what, "run odooops up "+stack, "it is not there yet, or was made before it had repositories")
	}
	s := &backupSite{out: out, values: values}
	for _, r := range out.Repositories {
		if repo == 0 || repo == r.Number {
			s.numbers = append(s.numbers, r.Number)
		}
	}
	if len(s.numbers) == 0 {
		return nil, fault.Usage(what, "leave --repo away for all of them", "there is no repository %d", repo)
	}
	get, err := a.cloudGetter()
	if err != nil {
		return nil, err
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return nil, fault.Newf(what, "run odooops local stop --purge, then make up", "the local cloud keeps records only: no machine runs")
	}
	s.script = &hostscript.Host{Access: out.Access(values["sshOperatorKey"]), Name: "the host of " + stack}
	s.host = &backup.SSH{Script: s.script, Stack: stack, Container: out.Containers["backup"]}
	return s, nil
}

// emitPart prints what was done also when some of it failed.
func emitPart[T any](a *app, failed error, list []T, human func(io.Writer)) error {
	if failed != nil && len(list) == 0 {
		return failed
	}
	if err := a.emit(list, human); err != nil {
		return err
	}
	return failed
}

func printMade(w io.Writer, made []backup.Made) {
	cells := make([][]string, 0, len(made))
	for _, m := range made {
		if m.Error != "" {
			cells = append(cells, []string{fmt.Sprint(m.Repository), "-", "-", "-", "-", "-", m.Error})
			continue
		}
		cells = append(cells, []string{
			fmt.Sprint(m.Repository), m.Label, m.Type, fmt.Sprintf("%.1f s", m.Seconds), megabytes(m.Stored), fmt.Sprint(m.Files), "made",
		})
	}
	table(w, []string{"repository", "label", "type", "took", "stored", "files", "result"}, cells)
}

func (a *app) backupExpire() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "expire STACK",
		Short: "Remove what is past its retention: 7 daily, 4 weekly, 3 monthly, 14 days of any point in time",
		Long: "Remove what is past its retention: 7 daily, 4 weekly, 3 monthly, 14 days of any point in time.\n\n" +
			"Backups, the WAL that only they needed, and files that nothing names any more. A repository is\n" +
			"left alone, and the command fails, while another one could not take its place. Where versions\n" +
			"are kept, what is removed can be brought back until its lock ends.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.backups(cmd.Context(), "backup expire", args[0], 0)
			if err != nil {
				return err
			}
			defer s.close()
			if dryRun {
				_, err := a.expireBackups(cmd.Context(), s, args[0], true)
				return err
			}
			return a.record(cmd.Context(), "backup expire", args[0], func() (map[string]any, error) {
				return a.expireBackups(cmd.Context(), s, args[0], false)
			})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would go and why the rest stays, remove nothing")
	return cmd
}

func (a *app) expireBackups(ctx context.Context, s *backupSite, stack string, dryRun bool) (map[string]any, error) {
	archive, err := backup.NewArchive(s.out, s.values["pgbackrestCipher"], s.out.ExpireKeys)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	all, err := backup.Expire(ctx, s.host, backup.ExpireOptions{
		Stack: stack, Retention: backup.Default, Archive: archive, DryRun: dryRun, Now: start, Say: a.sayLine,
	})
	told := map[string]any{}
	for _, e := range all {
		told[fmt.Sprintf("repository%d", e.Repository)] = map[string]any{"expired": e.Done, "files": e.Files, "bytes": e.Bytes, "held": e.Held}
	}
	if all == nil {
		return told, err
	}
	if !dryRun {
		told["evidence"] = a.keepEvidence(ctx, s.out.Platform, expiryReport(stack, start, all, err))
	}
	return told, emitPart(a, err, all, func(w io.Writer) { printExpired(w, all, dryRun) })
}

func printExpired(w io.Writer, all []backup.Expired, dryRun bool) {
	cells := [][]string{}
	for _, e := range all {
		number := fmt.Sprint(e.Repository)
		for _, k := range e.Keep {
			cells = append(cells, []string{number, k.Label, "kept", strings.Join(k.Why, ", ")})
		}
		for _, label := range e.Expire {
			done := "to be expired"
			for _, d := range e.Done {
				if d == label {
					done = "expired"
				}
			}
			if !dryRun && done != "expired" {
				done = "NOT expired"
			}
			cells = append(cells, []string{number, label, done, "past its retention"})
		}
	}
	table(w, []string{"repository", "label", "what", "why"}, cells)
	for _, e := range all {
		if e.From != nil {
			fmt.Fprintf(w, "repository %d: any point in time since %s; %d files, %s removed\n", e.Repository, e.From.Format(time.RFC3339), e.Files, megabytes(e.Bytes))
		}
	}
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

func joined(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}
