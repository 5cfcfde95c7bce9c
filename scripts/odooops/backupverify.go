package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/components/odoo"
	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/ops/backup/restoretest"
	"github.com/odooops/odooops/ops/evidence"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/ledger"
	"github.com/odooops/odooops/ops/restore/quarantine"
)

type verifyFlags struct {
	restore bool
	repo    int
}

func (a *app) backupVerify() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify STACK",
		Short: "Read all that is in the repositories; with --restore bring the newest backup back to life elsewhere",
		Long: "Read all that is in the repositories and compare its checksums, and look for every file that the\n" +
			"newest backup names. With --restore it is restored on a machine of its own, from each repository:\n" +
			"every page is checked, rows counted, files fetched, and Odoo starts on it. The machine is destroyed\n" +
			"at the end, and the report is kept as evidence.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.backups(cmd.Context(), "backup verify", args[0], f.repo)
			if err != nil {
				return err
			}
			defer s.close()
			what := "backup verify"
			run := a.verifyBackups
			if f.restore {
				what, run = "backup verify --restore", a.testRestores
			}
			return a.record(cmd.Context(), what, args[0], func() (map[string]any, error) { return run(cmd.Context(), s, args[0]) })
		},
	}
	cmd.Flags().BoolVar(&f.restore, "restore", false, "restore the newest backup on a machine of its own")
	cmd.Flags().IntVar(&f.repo, "repo", 0, "from this repository only")
	return cmd
}

func (a *app) verifyBackups(ctx context.Context, s *backupSite, stack string) (map[string]any, error) {
	archive, err := backup.NewArchive(s.out, s.values["pgbackrestCipher"], s.out.ReadKeys, s.numbers...)
	if err != nil {
		return nil, err
	}
	all, err := backup.Verify(ctx, s.host, backup.VerifyOptions{Stack: stack, Archive: archive, Say: a.sayLine})
	if all == nil {
		return nil, err
	}
	return map[string]any{"repositories": all}, emitPart(a, err, all, func(w io.Writer) {
		cells := make([][]string, 0, len(all))
		for _, v := range all {
			result := "pass"
			if v.Error != "" {
				result = "FAIL: " + v.Error
			}
			cells = append(cells, []string{fmt.Sprint(v.Repository), fmt.Sprint(v.Backups), dash(v.Backup), fmt.Sprint(v.Files), result})
		}
		table(w, []string{"repository", "backups", "newest", "its files", "result"}, cells)
	})
}

// testRestores restores from one repository after the other.
func (a *app) testRestores(ctx context.Context, s *backupSite, stack string) (map[string]any, error) {
	info, err := backup.Look(ctx, s.host, stack)
	if err != nil {
		return nil, err
	}
	shop, err := a.quarantines(ctx)
	if err != nil {
		return nil, err
	}
	var results []restoretest.Result
	var failed []error
	var kept []string
	for _, number := range s.numbers {
		start := time.Now()
		r, err := a.testRestore(ctx, shop, s, stack, number, info)
		results = append(results, r)
		failed = append(failed, err)
		kept = append(kept, a.keepEvidence(context.WithoutCancel(ctx), s.out.Platform, testReport(stack, start, r, err)))
		if ctx.Err() == nil { // one that was broken off says nothing of the backup
			a.tell(ctx, s.out.Platform, r.Gauges(time.Now())...)
		}
	}
	told := map[string]any{"repositories": s.numbers, "evidence": kept}
	return told, emitPart(a, errors.Join(failed...), results, func(w io.Writer) { printTests(w, results) })
}

func (a *app) testRestore(ctx context.Context, shop *quarantine.Shop, s *backupSite, stack string, number int, info backup.Info) (restoretest.Result, error) {
	none := restoretest.Result{Stack: stack, Repository: number, Started: time.Now().UTC()}
	archive, err := backup.NewArchive(s.out, s.values["pgbackrestCipher"], s.out.ReadKeys, number)
	if err != nil {
		return none, err
	}
	newest, err := newestGood(info, stack, number)
	if err != nil {
		return none, err
	}
	volume, _ := strconv.Atoi(s.values["volumeSizeGb"])
	request := quarantine.Request{
		ID: fmt.Sprintf("test-%s-%d", stack, number), Platform: s.out.Platform, Source: stack, Target: "test",
		Size: s.out.Size, VolumeSizeGB: max(volume, minimumVolume), OperatorKey: s.values["sshOperatorKey"], Owner: quarantine.Mark(ledger.Who()),
	}
	return restoretest.Run(ctx, restoretest.Options{
		Stack: stack, Archive: archive, Backup: newest, Odoo: s.out.Images.Odoo, Postgres: s.out.Images.Postgres,
		RegistryToken: s.values["registryToken"], Say: a.sayLine, Now: time.Now,
		Hash: func(password string) (string, error) { return odoo.PasswordHash(password, "restore test") },
		Open: func(ctx context.Context) (restoretest.Machine, error) {
			q, err := shop.Open(ctx, request)
			if err != nil {
				return nil, err
			}
			return q, nil
		},
	})
}

// newestGood is what must come back at least.
func newestGood(info backup.Info, stack string, number int) (backup.Backup, error) {
	what := fmt.Sprintf("test the backups of %s, repository %d", stack, number)
	for _, r := range info.Repositories {
		if r.Number != number {
			continue
		}
		if r.Error != "" {
			return backup.Backup{}, fault.Newf(what, "run odooops status", "it does not answer: %s", r.Error)
		}
		if b := r.Newest(backup.Backup.Good); b != nil {
			return *b, nil
		}
	}
	return backup.Backup{}, fault.Newf(what, "run odooops backup run "+stack, "it has no good backup")
}

func printTests(w io.Writer, results []restoretest.Result) {
	cells := [][]string{}
	for _, r := range results {
		for _, c := range r.Checks {
			result := "PASS"
			if !c.OK {
				result = "FAIL"
			}
			cells = append(cells, []string{fmt.Sprint(r.Repository), result, c.Name, fmt.Sprintf("%.1f s", c.Seconds), c.Detail})
		}
	}
	table(w, []string{"repository", "result", "check", "took", "detail"}, cells)
}

func testReport(stack string, start time.Time, r restoretest.Result, failed error) evidence.Report {
	details, _ := json.Marshal(r) // of strings and numbers
	return reported(evidence.RestoreTest, stack, start, details, failed)
}

func expiryReport(stack string, start time.Time, all []backup.Expired, failed error) evidence.Report {
	details, _ := json.Marshal(all) // of strings and numbers
	return reported(evidence.Expiry, stack, start, details, failed)
}

func reported(what, stack string, start time.Time, details []byte, failed error) evidence.Report {
	r := evidence.Report{
		What: what, Stack: stack, When: start, Seconds: time.Since(start).Seconds(), Who: ledger.Who(), Outcome: ledger.Done, Details: details,
	}
	if failed != nil {
		r.Outcome, r.Error = ledger.Failed, failed.Error()
	}
	return r
}

// keepEvidence returns where it is. That it can't be kept undoes nothing, and
// is said.
func (a *app) keepEvidence(ctx context.Context, platform string, r evidence.Report) string {
	store, err := a.evidence(ctx, platform)
	key := ""
	if err == nil {
		key, err = store.Put(ctx, r)
	}
	if err != nil {
		a.say("warning: %v", err)
	}
	return key
}
