package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/odooops/odooops/components/odoo"
	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/ops/evidence"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/generation"
	"github.com/odooops/odooops/ops/ledger"
	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/ops/restore"
	"github.com/odooops/odooops/ops/restore/quarantine"
	"github.com/odooops/odooops/ops/smoke"
	"github.com/odooops/odooops/stacks/config"
)

// masked is a restore under preparation: the machine that it needs, beside
// what it is told.
type masked struct {
	restore.Options
	request quarantine.Request
}

// restoreMasked restores to where production's data may not be seen as it is.
func (a *app) restoreMasked(ctx context.Context, target, kind string, f restoreFlags) (map[string]any, error) {
	sources, err := manifest.Sources()
	if err != nil {
		return nil, err
	}
	if f.dump == "" {
		if err := a.hasBackups(f.from); err != nil {
			return nil, err
		}
	}
	m := &masked{Options: restore.Options{Manifest: sources, Harmless: f.harmless, Say: a.sayLine, Now: time.Now}}
	if kind == toTemplate {
		err = a.masksTemplate(ctx, m)
	} else {
		err = a.masksStaging(ctx, m, target)
	}
	if err != nil {
		return nil, err
	}
	if f.dump != "" {
		err = a.fromDump(m, f)
	} else {
		err = a.fromBackups(ctx, m, f)
	}
	if err != nil {
		return nil, err
	}
	if f.dryRun {
		return nil, a.emitSteps(target, f)
	}
	shop, err := a.quarantines(ctx)
	if err != nil {
		return nil, err
	}
	if m.request.OperatorKey, _, err = a.wayIn(ctx); err != nil {
		return nil, err
	}
	m.request.ID, m.request.Target, m.request.Owner = target, target, quarantine.Mark(ledger.Who())
	m.Open = func(ctx context.Context) (restore.Quarantine, error) {
		q, err := shop.Open(ctx, m.request)
		if err != nil {
			return nil, err
		}
		return q, nil
	}
	r, err := restore.Run(ctx, m.Options)
	r.Evidence = a.keepMasked(context.WithoutCancel(ctx), m.request.Platform, r, err)
	told := map[string]any{
		"from": r.Source, "backup": r.Backup, "repo": r.Repo, "at": r.At, "generation": r.Generation, "rows": r.Rows, "evidence": r.Evidence,
	}
	if err != nil {
		return told, err
	}
	return told, a.emitRestore(r)
}

// keepMasked puts the report where it can't be changed. That it can't be kept
// doesn't undo a restore, and is said.
func (a *app) keepMasked(ctx context.Context, platform string, r restore.Result, failed error) string {
	report := evidence.Report{
		What: evidence.Restore, Stack: r.Target, When: r.Started, Seconds: r.Seconds, Who: ledger.Who(), Outcome: ledger.Done,
	}
	if failed != nil {
		report.Outcome, report.Error = ledger.Failed, failed.Error()
	}
	var err error
	if report.Details, err = json.Marshal(r); err == nil {
		var store evidence.Store
		if store, err = a.evidence(ctx, platform); err == nil {
			report.Key, err = store.Put(ctx, report)
		}
	}
	if err != nil {
		a.say("warning: %v", err)
	}
	return report.Key
}

// hasBackups refuses a stack that no backup is made of.
func (a *app) hasBackups(stack string) error {
	if err := a.project.CheckStack(stack); err != nil {
		return err
	}
	kind, err := a.project.Kind(stack)
	if err == nil && kind != config.KindProduction {
		err = fault.Usage("restore from "+stack, "--from production", "it is of kind %s, which has no backups", kind)
	}
	return err
}

// fromBackups says what is restored from a production's repositories.
func (a *app) fromBackups(ctx context.Context, m *masked, f restoreFlags) error {
	what := "restore from " + f.from
	values, err := a.values(ctx, f.from)
	if err != nil {
		return err
	}
	out, ok, err := a.opened(ctx, f.from)
	if err != nil {
		return err
	}
	if !ok {
		return fault.Newf(what, "run odooops up "+f.from, "it is not there, and so are no backups")
	}
	archive, err := backup.NewArchive(out, values["pgbackrestCipher"], out.ReadKeys, f.repo)
	if err != nil {
		return err
	}
	text, err := archive.JSON()
	if err != nil {
		return err
	}
	secrets := []string{values["postgresPassword"], values["odooDatabasePassword"], values["odooAdminPassword"],
		values["odooMasterPassword"], values["pgbackrestCipher"], values["mailgunPassword"], values["registryToken"]}
	for _, k := range slices.Concat(out.ReadKeys, out.ExpireKeys) {
		secrets = append(secrets, k.Secret)
	}
	m.Source = restore.Source{
		Stack: f.from, Database: out.Database, Archive: text, Endpoints: archive.Endpoints(), Odoo: out.Images.Odoo,
		Point:         quarantine.Point{Repo: f.repo, Backup: f.backup, At: f.at, RepoAt: f.repoAt},
		RegistryToken: cmp.Or(m.Source.RegistryToken, values["registryToken"]),
		SecretHashes:  hashes(secrets...),
	}
	// Its data twice: as it is, and masked.
	volume, _ := strconv.Atoi(values["volumeSizeGb"])
	m.request.Size, m.request.VolumeSizeGB = out.Size, 2*max(volume, minimumVolume)
	m.request.Source, m.request.Platform = f.from, out.Platform
	return nil
}

// minimumVolume is of a production whose file leaves the default: as a key of
// the config says it.
const minimumVolume = 50

// fromDump says what is restored from a file of this computer.
func (a *app) fromDump(m *masked, f restoreFlags) error {
	path, err := filepath.Abs(f.dump)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return fault.Usage("restore from "+f.dump, "give a file that is there", "%v", err)
	}
	m.Source = restore.Source{
		Stack: "dump", Database: "odoo", Dump: path, Odoo: m.Target.Images().Odoo, RegistryToken: m.Source.RegistryToken,
		Point: quarantine.Point{Repo: f.repo},
	}
	// A template's host stands on none.
	m.request.Source, m.request.Platform = "dump", cmp.Or(m.request.Platform, config.KindPlatform)
	m.request.Size = "s-2vcpu-4gb"
	m.request.VolumeSizeGB = int(max(20, info.Size()>>30*20))
	return nil
}

// masksStaging says what a staging is, as a target.
func (a *app) masksStaging(ctx context.Context, m *masked, stack string) error {
	host, s, err := a.staging(ctx, stack)
	if err != nil {
		return err
	}
	c, err := config.ParseStaging(s.values)
	if err != nil {
		return err
	}
	login := s.out.AdminLogin
	hash, err := odoo.PasswordHash(c.OdooAdminPassword, "administrator\x00"+stack)
	if err != nil {
		return err
	}
	m.request.Platform, m.Source.RegistryToken = s.out.Platform, c.RegistryToken
	m.Target = &restore.Staging{
		Stack: stack, Out: s.out, Key: "restore-" + rand.Text(), By: ledger.Who(), Host: host,
		PostgresPassword: c.PostgresPassword, DatabasePassword: c.OdooDatabasePassword,
		Own: restore.Identity{
			URL: s.out.URL, Domain: s.out.Hostname, AdminLogin: login, Password: c.OdooAdminPassword, Hash: hash,
		},
		Smoke: func(ctx context.Context) error { return a.passes(ctx, stack) },
	}
	return nil
}

// stagingStack is one that is there.
type stagingStack struct {
	values map[string]string
	out    config.OdooOutputs
}

func (a *app) staging(ctx context.Context, stack string) (*generation.Host, stagingStack, error) {
	var s stagingStack
	var err error
	if s.values, err = a.checked(ctx, stack); err != nil {
		return nil, s, err
	}
	out, ok, err := a.odoo(ctx, stack)
	if err != nil {
		return nil, s, err
	}
	if !ok {
		return nil, s, fault.Newf("restore "+stack, "run odooops up "+stack, "it is not there yet")
	}
	s.out = out
	get, err := a.cloudGetter()
	if err != nil {
		return nil, s, err
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return nil, s, fault.Newf("restore "+stack, "run odooops local stop --purge, then make up", "the local cloud keeps records only: no machine runs")
	}
	return generation.HostOf(out, s.values["sshOperatorKey"], stack), s, nil
}

// passes is smoke, as a part of something else.
func (a *app) passes(ctx context.Context, stack string) error {
	t, err := a.smokeTarget(ctx, stack)
	if err != nil {
		return err
	}
	report := smoke.Run(ctx, t, func(r smoke.Result) { a.say("  %s  %s (%.1f s)", r.Status, r.Name, r.Seconds) })
	for _, c := range report.Checks {
		if c.Status == smoke.Fail {
			return fault.Newf("smoke "+stack, "", "%s: %s", c.Name, c.Detail)
		}
	}
	return nil
}

// masksTemplate says what the previews' template is, as a target.
func (a *app) masksTemplate(ctx context.Context, m *masked) error {
	s, err := a.hosted(ctx, "restore template")
	if err != nil {
		return err
	}
	if s.Recorded {
		return fault.Newf("restore template", "run odooops local stop --purge, then make up", "the local cloud keeps records only: no machine runs")
	}
	var images config.Images
	if err := json.Unmarshal([]byte(s.Pattern["images"]), &images); err != nil {
		return err
	}
	domain, password := "template."+s.Host.PreviewDomain, rand.Text()
	hash, err := odoo.PasswordHash(password, "template\x00"+domain)
	if err != nil {
		return err
	}
	m.Source.RegistryToken = s.RegistryToken
	m.Target = &restore.Template{
		Host: s.On, ID: time.Now().UTC().Format("20060102-150405"), Now: time.Now, RegistryToken: s.RegistryToken,
		Image: restore.Images{Odoo: images.Odoo, Postgres: images.Postgres},
		Own: restore.Identity{
			URL: "https://" + domain, Domain: domain, AdminLogin: "template@" + domain, Password: password, Hash: hash,
		},
	}
	return nil
}

// rollbackStaging serves what was served before.
func (a *app) rollbackStaging(ctx context.Context, stack string, dryRun bool) (map[string]any, error) {
	host, s, err := a.staging(ctx, stack)
	if err != nil {
		return nil, err
	}
	defer func() { _ = host.Close() }()
	list, err := host.List(ctx)
	if err != nil {
		return nil, err
	}
	to := ""
	switch before := list.Before(); {
	case list.Interrupted != nil:
		to = list.Interrupted.From
	case before != nil:
		to = before.ID
	default:
		return nil, fault.Newf("restore "+stack+" --rollback", "odooops restore "+stack+" --from production", "it serves %s, and there is no other data that it served before", list.Current)
	}
	told := map[string]any{"from": list.Current, "to": to}
	if !dryRun {
		flipped, err := host.Flip(ctx, to, generation.StartOrder(s.out.Containers), a.sayLine)
		if err != nil {
			return told, err
		}
		told["seconds"] = flipped.Seconds
		if err := a.passes(ctx, stack); err != nil {
			return told, err
		}
	}
	return told, a.emit(told, func(w io.Writer) {
		verb := "serves"
		if dryRun {
			verb = "would serve"
		}
		fmt.Fprintf(w, "%s %s %s again instead of %s\n", stack, verb, to, list.Current)
	})
}

// hashes of secrets, as the mask program compares them; what is empty is none.
func hashes(secrets ...string) []string {
	var out []string
	for _, s := range secrets {
		if s != "" {
			sum := sha256.Sum256([]byte(s))
			out = append(out, hex.EncodeToString(sum[:]))
		}
	}
	return out
}
