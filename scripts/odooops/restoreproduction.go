package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/odooops/odooops/components/odoo"
	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/erasure"
	"github.com/odooops/odooops/ops/evidence"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/generation"
	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/ops/ledger"
	"github.com/odooops/odooops/ops/replace"
	"github.com/odooops/odooops/ops/restore/production"
	"github.com/odooops/odooops/ops/smoke"
	"github.com/odooops/odooops/stacks"
	"github.com/odooops/odooops/stacks/config"
)

// productionRestore is what to restore of a stack's own data, and how.
type productionRestore struct {
	Backup, At, RepoAt string
	Repo               int // 0 is the first
	Confirm            string
	Kit, Identity      string
	Fence              bool
	Rollback, DryRun   bool
}

// request is which data, as the image's command reads it.
func (f productionRestore) request() production.Request {
	r := production.Request{Repo: f.Repo, Backup: f.Backup, At: f.At, RepoAt: f.RepoAt}
	if r.Repo == 0 {
		r.Repo = 1
	}
	return r
}

func (a *app) restoreProduction(ctx context.Context, stack string, f productionRestore) (map[string]any, error) {
	values, err := a.checkProductionRestore(ctx, stack, f)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Rollback:
		return a.rollbackProduction(ctx, stack, f)
	case f.DryRun:
		steps := f.steps(stack)
		return nil, a.emit(map[string]any{"stack": stack, "steps": steps}, func(w io.Writer) {
			for i, step := range steps {
				fmt.Fprintf(w, "%d. %s\n", i+1, step)
			}
		})
	}
	started := time.Now()
	r, err := a.bringBack(ctx, stack, values, f)
	details := map[string]any{"result": r, "request": f.request(), "fence": f.Fence, "kit": f.Kit != ""}
	if kept := a.keepRestore(ctx, stack, started, details, err); err == nil && kept != nil {
		err = kept
	}
	if err != nil {
		return map[string]any{"generation": r.Generation}, err
	}
	evidence := map[string]any{"generation": r.Generation, "before": r.Before, "backup": r.Restored.Backup, "lastCommit": r.Restored.LastCommit}
	return evidence, a.emit(r, func(w io.Writer) { printProductionRestore(w, r) })
}

// checkProductionRestore refuses before anything is touched.
func (a *app) checkProductionRestore(ctx context.Context, stack string, f productionRestore) (map[string]string, error) {
	what := "restore " + stack
	values, err := a.checked(ctx, stack)
	if err != nil {
		return nil, err
	}
	get, err := a.cloudGetter()
	if err != nil {
		return nil, err
	}
	switch {
	case values["kind"] != config.KindProduction:
		return nil, fault.Usage(what, "odooops restore "+stack+" --from production", "it is of kind %s", values["kind"])
	case get("ODOOOPS_LOCAL_MACHINES") == "none":
		return nil, fault.Usage(what, "run odooops local stop --purge, then make up", "the local cloud keeps records only: there is no data")
	case f.Rollback && (f.Backup != "" || f.At != "" || f.RepoAt != "" || f.Kit != "" || f.Fence):
		return nil, fault.Usage(what, "give --rollback and --confirm alone", "--rollback goes back to the generation that was served before, and reads no backup")
	case f.Backup != "" && f.At != "":
		return nil, fault.Usage(what, "give one of them", "--backup and --at both say which data")
	case !f.DryRun && !f.Rollback && f.Confirm != stack:
		return nil, fault.Usage(what, "add --confirm "+stack+"; --dry-run shows the steps", "what is committed after the point that is restored is no longer served")
	}
	for flag, value := range map[string]string{"--at": f.At, "--repo-at": f.RepoAt} {
		at, err := time.Parse(time.RFC3339, value)
		if value != "" && err != nil {
			return nil, fault.Usage(what, "give "+flag+" as 2026-01-31T12:00:00Z", "%q is no time", value)
		}
		if at.After(time.Now()) {
			return nil, fault.Usage(what, "give a time before now; clocks tell UTC with a Z", "%s %s is in the future", flag, value)
		}
	}
	return values, nil
}

// steps of a restore, for --dry-run.
func (f productionRestore) steps(stack string) []string {
	var steps []string
	if f.Fence {
		steps = append(steps, "power the old machine off, make a new one with new keys of both repositories, move the reserved address; a volume that is lost is made anew")
	}
	r := f.request()
	point := "to the last change that was archived"
	switch {
	case r.At != "":
		point = "to " + r.At
	case r.Backup != "":
		point = "as backup " + r.Backup + " has it"
	}
	from := fmt.Sprintf("from repository %d", r.Repo)
	if f.Kit != "" {
		from += " of the kit"
	}
	if r.RepoAt != "" {
		from += " as it was at " + r.RepoAt
	}
	return append(steps, "stop Odoo, archive the last segment, stop Postgres",
		"restore "+from+", "+point+", into a new generation; fetch its files; check both",
		"switch to it; what was served stays, and serves again when anything fails before this",
		"erase again what was erased", "make a full backup in both repositories", "smoke "+stack)
}

func (a *app) bringBack(ctx context.Context, stack string, values map[string]string, f productionRestore) (production.Result, error) {
	var none production.Result
	archive, err := a.kitArchive(f)
	if err != nil {
		return none, err
	}
	if f.Fence {
		if err := a.fence(ctx, stack, values, f); err != nil {
			return none, err
		}
	}
	out, ok, err := a.opened(ctx, stack)
	if err != nil || !ok {
		return none, notThere("restore "+stack, stack, err)
	}
	if f.Kit == "" {
		if archive, err = backup.NewArchive(out, values["pgbackrestCipher"], out.ReadKeys, f.request().Repo); err != nil {
			return none, err
		}
	}
	host := generation.HostOf(out, values["sshOperatorKey"], stack)
	defer func() { _ = host.Close() }()
	own, err := ownOf(out, values, f.Kit != "")
	if err != nil {
		return none, err
	}
	erased, err := a.erasuresOf(ctx, stack, out)
	if err != nil {
		return none, err
	}
	r, err := production.Run(ctx, production.Options{
		Stack: stack, Out: out, Machine: production.SSH{Host: host}, Archive: archive, Request: f.request(),
		Foreign: f.Kit != "", Fenced: f.Fence, Reuse: !f.Fence && f.RepoAt == "" && f.Kit == "", Own: own,
		Erase:  again(erased),
		Backup: a.fullBackup(stack, out, host.Script),
		Smoke:  func(ctx context.Context) error { return a.smokePasses(ctx, stack) },
		Say:    a.sayLine,
	})
	if err == nil && f.Fence {
		err = production.Forget(a.fenceMemory(stack))
	}
	return r, err
}

// kitArchive is the archive that the kit tells of; empty without one.
func (a *app) kitArchive(f productionRestore) (backup.Archive, error) {
	if f.Kit == "" {
		return backup.Archive{}, nil
	}
	kit, err := readKit(f.Kit, f.Identity)
	if err != nil {
		return backup.Archive{}, err
	}
	for _, r := range kit.Archive.Repositories {
		if r.Number == f.request().Repo {
			archive := kit.Archive
			archive.Repositories = []backup.ArchiveAddress{r}
			return archive, nil
		}
	}
	return backup.Archive{}, fault.Usage("read the recovery kit "+f.Kit, "odooops kit open shows what is in it; was it made before the first up?",
		"it has no repository %d", f.request().Repo)
}

// ownOf makes the rows this stack's: the roles' passwords are its config's. The
// administrator's is set only where the config that made it is lost.
func ownOf(out config.OdooOutputs, values map[string]string, foreign bool) (generation.Own, error) {
	own := generation.Own{
		Database: out.Database, User: out.Database,
		Password: values["odooDatabasePassword"], PostgresPassword: values["postgresPassword"],
	}
	if !foreign {
		return own, nil
	}
	hash, err := odoo.PasswordHash(values["odooAdminPassword"], "admin")
	own.AdminLogin, own.AdminPasswordHash, own.URL = out.AdminLogin, hash, out.URL
	return own, err
}

func (a *app) fullBackup(stack string, out config.OdooOutputs, host *hostscript.Host) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := backup.Run(ctx, &backup.SSH{Script: host, Stack: stack, Container: out.Containers["backup"]},
			backup.RunOptions{Stack: stack, Type: backup.Full, Say: a.sayLine})
		return err
	}
}

// again erases what other data still knows.
func again(o erasure.Options) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		r, err := erasure.Replay(ctx, o)
		return r.Replayed, err
	}
}

// smokePasses looks at the stack as its users do.
func (a *app) smokePasses(ctx context.Context, stack string) error {
	t, err := a.smokeTarget(ctx, stack)
	if err != nil {
		return err
	}
	report := smoke.Run(ctx, t, func(r smoke.Result) { a.say("%s  %s (%.1f s)", r.Status, r.Name, r.Seconds) })
	if !report.OK {
		return fault.Newf("smoke "+stack, "run odooops smoke "+stack, "a check failed, see above")
	}
	return nil
}

func (a *app) fenceMemory(stack string) string {
	return a.project.Private("restore", stack+"-fence.json")
}

// fence takes the old host out of the world and has a new one made.
func (a *app) fence(ctx context.Context, stack string, values map[string]string, f productionRestore) error {
	more, err := a.programValues(ctx, stack, values, true)
	if err != nil {
		return err
	}
	s, err := a.open(ctx, stack, stacks.New(stacks.Options{ReplaceHost: true, Values: more}), false)
	if err != nil {
		return err
	}
	final, err := a.open(ctx, stack, stacks.New(stacks.Options{Values: more}), false)
	if err != nil {
		return err
	}
	get, err := a.cloudGetter()
	if err != nil {
		return err
	}
	do, err := cloud.DigitalOcean(get)
	if err != nil {
		return err
	}
	repair, err := a.repairer(stack)
	if err != nil {
		return err
	}
	wanted, err := json.Marshal(f.request())
	if err != nil {
		return err
	}
	fenced, err := production.Fence(ctx, production.FenceOptions{
		Replace: replace.Options{
			Stack: s, Final: final, Cloud: do, Repair: repair, Say: a.sayLine,
			Shell: func(context.Context, string) (string, error) { return "", fmt.Errorf("it is off") },
		},
		Cloud: do, Memory: a.fenceMemory(stack), Wanted: string(wanted), Say: a.sayLine,
	})
	if err != nil {
		return err
	}
	if !fenced.Before {
		a.say("fenced: droplet %s instead of %s, new keys: %d", fenced.New, fenced.Old, fenced.Keys)
	}
	m, ok, err := machineOf(fenced.Outputs)
	if err == nil && ok && m.odoo != nil {
		a.renewKit(ctx, stack, values)
		a.say("the recovery kit has the new keys: put the new file where you keep the old one. Change the mail relay's password too")
	}
	return err
}

func (a *app) rollbackProduction(ctx context.Context, stack string, f productionRestore) (map[string]any, error) {
	out, ok, err := a.odoo(ctx, stack)
	if err != nil || !ok {
		return nil, notThere("roll "+stack+" back", stack, err)
	}
	key, err := a.operatorKey(ctx, stack)
	if err != nil {
		return nil, err
	}
	host := generation.HostOf(out, key, stack)
	defer func() { _ = host.Close() }()
	erased, err := a.erasuresOf(ctx, stack, out)
	if err != nil {
		return nil, err
	}
	o := production.Options{
		Stack: stack, Out: out, Machine: production.SSH{Host: host}, Say: a.sayLine,
		Erase: again(erased), Backup: a.fullBackup(stack, out, host.Script),
	}
	back, err := production.LookBack(ctx, o)
	if err != nil {
		return nil, err
	}
	drops := back.Drops(time.Now())
	switch {
	case f.DryRun:
		return nil, a.emit(back, func(w io.Writer) { fmt.Fprintln(w, drops) })
	case f.Confirm != stack:
		return nil, fault.Usage("roll "+stack+" back", "add --confirm "+stack+" when that is what you want", "%s", drops)
	}
	a.say("%s", drops)
	started := time.Now()
	err = production.Rollback(ctx, o, back)
	if kept := a.keepRestore(ctx, stack, started, map[string]any{"rollback": back}, err); err == nil {
		err = kept
	}
	evidence := map[string]any{"from": back.From, "to": back.To}
	if err != nil {
		return evidence, err
	}
	return evidence, a.emit(back, func(w io.Writer) {
		fmt.Fprintf(w, "%s serves %s again; %s stays on its host\n", stack, back.To, back.From)
	})
}

// keepRestore keeps the evidence of a restore, of one that failed too.
func (a *app) keepRestore(ctx context.Context, stack string, started time.Time, details map[string]any, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	out, ok, err := a.odoo(ctx, stack)
	if err != nil || !ok {
		return notThere("keep the evidence", stack, err)
	}
	store, err := a.evidence(ctx, out.Platform)
	if err != nil {
		return err
	}
	text, err := json.Marshal(details)
	if err != nil {
		return err
	}
	r := evidence.Report{
		What: evidence.Restore, Stack: stack, When: started, Seconds: time.Since(started).Seconds(), Who: ledger.Who(),
		Outcome: ledger.Done, Details: text,
	}
	if cause != nil {
		r.Outcome, r.Error = ledger.Failed, cause.Error()
	}
	_, err = store.Put(ctx, r)
	return err
}

func printProductionRestore(w io.Writer, r production.Result) {
	fmt.Fprintf(w, "%s serves %s, restored from backup %s; its last commit is of %s\n",
		r.Stack, r.Generation, dash(r.Restored.Backup), dash(r.Restored.LastCommit))
	fmt.Fprintf(w, "%d tables, %d rows, %d files (%d fetched, %d missing); nothing was served for %.0f s\n",
		r.Found.Tables, r.Found.Rows, r.Files.Wanted, r.Files.Files, len(r.Files.Missing)+len(r.Files.Corrupt), r.DownSeconds)
	if r.Before != "" {
		fmt.Fprintf(w, "%s is kept: odooops restore %s --rollback goes back to it\n", r.Before, r.Stack)
	}
}
