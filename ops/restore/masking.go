package restore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/restore/quarantine"
)

// postgresUser is the user of the Postgres image whom its servers let in by
// the socket.
const postgresUser = "999:999"

const (
	rawFiles   = "/rawfiles"
	cleanFiles = "/cleanfiles"
)

func (w *work) dsn(cluster string) string {
	return "host=/sockets/" + cluster + " user=postgres dbname=" + w.Source.Database
}

// settings are the target's, for the mask program.
func (w *work) settings() mask.Settings {
	own := w.Target.Identity()
	return mask.Settings{
		URL: own.URL, Domain: own.Domain, AdminLogin: own.AdminLogin, PasswordHash: own.Hash,
		ProductionSecrets: w.Source.SecretHashes,
	}
}

// program runs the mask program in the quarantine. Its request has the key in
// it, and goes by stdin. What it found is in the answer, also when it failed.
func (w *work) program(ctx context.Context, command string, request, answer any) error {
	stdin, err := json.Marshal(request)
	if err != nil {
		return err
	}
	below := "/" + quarantine.FilesOf(w.Source.Database)
	out, err := w.machine.Run(ctx, quarantine.Container{
		Role: "mask", Image: w.postgres(), Command: []string{"odooops-mask", command}, User: postgresUser,
		Network: quarantine.Nowhere, Stdin: string(stdin),
		Mounts: []quarantine.Mount{
			{Dir: "sockets", Path: "/sockets"},
			{Dir: quarantine.RawFiles + below, Path: rawFiles, ReadOnly: true},
			{Dir: quarantine.CleanFiles + below, Path: cleanFiles},
		},
	}, w.say)
	var exit *quarantine.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	if out.Stdout != "" {
		if unread := json.Unmarshal([]byte(out.Stdout), answer); unread != nil && err == nil {
			return fmt.Errorf("read what the mask program says: %w", unread)
		}
	}
	return err
}

// classified refuses a schema with columns that the manifest does not know.
func (w *work) classified(ctx context.Context) error {
	var answer mask.CheckResult
	err := w.program(ctx, "check", mask.CheckRequest{Manifest: w.Manifest, DSN: w.dsn(quarantine.Raw)}, &answer)
	return cmp.Or(unknown(answer.Unclassified), wrong(answer.Problems), err)
}

// unknown says which columns, with a line for each that a person can review.
func unknown(columns []mask.Unclassified) error {
	if len(columns) == 0 {
		return nil
	}
	const most = 40
	var b strings.Builder
	fmt.Fprintf(&b, "the manifest does not say how to mask %d columns:", len(columns))
	for i, c := range columns {
		if i == most {
			fmt.Fprintf(&b, "\n  … and %d more: odooops mask check lists them all", len(columns)-most)
			break
		}
		fmt.Fprintf(&b, "\n  %s.%s (%s); in %s.yaml: %s: %s", c.Table, c.Column, c.Type, cmp.Or(c.Module, "MODULE"), c.Column, c.Proposal)
	}
	return fault.Newf("mask", "review the proposed classes, put them into ops/mask/manifest, then run the same again", "%s", b.String())
}

// wrong says which classes can't be applied.
func wrong(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return fault.Newf("mask", "correct ops/mask/manifest, then run the same again", "the manifest does not fit the database:\n  %s", strings.Join(problems, "\n  "))
}

// mask copies every row, masked, into a new cluster, never one of an earlier
// try: each run has a key of its own. Of the files it keeps what comes with
// Odoo, and puts a small one in the place of every other.
func (w *work) mask(ctx context.Context) error {
	if err := w.machine.Stop(ctx, quarantine.Clean); err != nil {
		return err
	}
	if err := w.machine.Empty(ctx, quarantine.Clean, quarantine.CleanFiles); err != nil {
		return err
	}
	for _, dir := range []string{quarantine.RawFiles, quarantine.CleanFiles} {
		if err := w.machine.Own(ctx, dir, postgresUser); err != nil {
			return err
		}
	}
	err := quarantine.Serve(ctx, w.machine, quarantine.Clean, w.postgres(), &quarantine.Accounts{
		SuperuserPassword: w.password, OdooUser: "odoo", OdooPassword: w.password, Database: w.Source.Database,
	})
	if err != nil {
		return err
	}
	var answer mask.CopyResult
	err = w.program(ctx, "copy", mask.CopyRequest{
		Manifest: w.Manifest, Source: w.dsn(quarantine.Raw), Target: w.dsn(quarantine.Clean),
		Key: w.key, Jobs: jobs, Settings: w.settings(), Files: &mask.Files{From: rawFiles, To: cleanFiles},
	}, &answer)
	files := cmp.Or(answer.Files, &mask.FilesResult{})
	if err := cmp.Or(unknown(answer.Unclassified), wrong(answer.Problems), leaks(answer.Findings), lacking(files.Missing), err); err != nil {
		return err
	}
	if w.result.Files == nil {
		w.result.Files = map[string]int{}
	}
	w.result.Files["kept"], w.result.Files["replaced"] = files.Kept, files.Replaced
	w.result.Tables, w.result.Bytes = len(answer.Tables), answer.Bytes
	for _, t := range answer.Tables {
		w.result.Rows += t.Rows
	}
	w.detail = fmt.Sprintf("%d tables, %d rows, %d MB; %d files kept, %d replaced",
		w.result.Tables, w.result.Rows, w.result.Bytes>>20, files.Kept, files.Replaced)
	return nil
}

// jobs are the tables that are copied at once.
const jobs = 2

// leaks says where originals were found in what would have been published.
func leaks(findings []mask.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("originals would have come through:")
	for _, f := range findings {
		fmt.Fprintf(&b, "\n  %s.%s: %d × %s", f.Table, f.Column, f.Count, f.Kind)
	}
	return fault.Newf("mask", "correct the class of these columns in ops/mask/manifest, then run the same again", "%s", b.String())
}

// lacking says that files which stay as they are did not come along.
func lacking(files []string) error {
	if len(files) == 0 {
		return nil
	}
	return fault.Newf("mask the files", "restore from the other repository (--repo), or give Odoo's zip, which has the files", "%d files that would be kept did not come with the data, such as %s", len(files), files[0])
}

// verify looks at what would be published, beside what it was made of.
func (w *work) verify(ctx context.Context) error {
	var answer mask.VerifyResult
	err := w.program(ctx, "verify", mask.VerifyRequest{
		Manifest: w.Manifest, Source: w.dsn(quarantine.Raw), Target: w.dsn(quarantine.Clean),
		Files: cleanFiles, Settings: w.settings(),
	}, &answer)
	w.result.Checks = answer.Checks
	var failed []string
	for _, c := range answer.Checks {
		if !c.Pass {
			failed = append(failed, c.Name+": "+strings.Join(c.Detail, ", "))
		}
	}
	if len(failed) > 0 {
		return fault.Newf("verify", "nothing was published; correct the manifest or the backup, then run the same again",
			"what was masked does not pass:\n  %s", strings.Join(failed, "\n  "))
	}
	w.detail = fmt.Sprintf("%d checks", len(answer.Checks))
	if err != nil {
		return err
	}
	// Nobody needs the originals any more.
	return w.machine.Stop(ctx, quarantine.Raw)
}
