package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/smoke"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) smokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "smoke STACK",
		Short: "Check a stack as its users meet it; a preview is preview-pr-N",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.record(cmd.Context(), "smoke", args[0], func() (map[string]any, error) {
				return a.smoke(cmd.Context(), args[0])
			})
		},
	}
}

func (a *app) smoke(ctx context.Context, stack string) (map[string]any, error) {
	t, err := a.smokeTarget(ctx, stack)
	if err != nil {
		return nil, err
	}
	report := smoke.Run(ctx, t, func(r smoke.Result) { a.say("%s  %s (%.1f s)", r.Status, r.Name, r.Seconds) })
	evidence := map[string]any{}
	failed := 0
	for _, c := range report.Checks {
		evidence[c.Name] = c.Status
		if c.Status == smoke.Fail {
			failed++
		}
	}
	if err := a.emit(report, func(w io.Writer) { printSmoke(w, report) }); err != nil {
		return evidence, err
	}
	if failed > 0 {
		return evidence, fault.Newf("smoke "+stack, "see the failed checks above, and odooops status", "%d of %d checks failed", failed, len(report.Checks))
	}
	return evidence, nil
}

func (a *app) smokeTarget(ctx context.Context, stack string) (smoke.Target, error) {
	var t smoke.Target
	m, ok, err := a.machine(ctx, stack)
	if err != nil {
		return t, err
	}
	if !ok && !project.IsPreview(stack) {
		if kind, err := a.project.Kind(stack); err != nil || kind == config.KindPlatform {
			return t, fault.Usage("smoke "+stack, "odooops smoke production", "it is of kind %s; there is nothing a user would meet", kind)
		}
	}
	if !ok {
		return t, fault.Newf("smoke "+stack, "bring it up first; odooops status says what is there", "it is not there yet")
	}
	get, err := a.cloudGetter()
	if err != nil {
		return t, err
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return t, fault.Newf("smoke "+stack, "run odooops local stop --purge, then make up", "the local cloud keeps records only: no machine runs")
	}
	t = smoke.Target{Stack: stack, Kind: m.kind, Roots: a.roots(), Shell: a.stackShell(stack, m, 20*time.Second)}
	if m.shared != nil {
		// A name that no preview has: they are called pr-N.
		t.Hostname, t.Domain = "smoke."+m.shared.PreviewDomain, m.shared.Domain
		t.PublicIP, t.DropletIP, t.BastionIP = m.shared.PublicIP, m.shared.DropletIP, m.shared.Bastion.PublicIP
	} else if err := a.odooTarget(ctx, &t, get, *m.odoo); err != nil {
		return t, err
	}
	if get("ODOOOPS_LOCAL_MACHINES") != "" {
		place := local.DefaultPlace
		if d := local.Last(a.project); d != nil {
			place = d.Place
		}
		t.Nameserver = place.Address("dns")
	}
	return t, nil
}

// odooTarget fills in what only a stack with an Odoo has.
func (a *app) odooTarget(ctx context.Context, t *smoke.Target, get cloud.Getter, out config.OdooOutputs) error {
	t.Hostname, t.Domain = out.Hostname, out.Domain
	t.PublicIP, t.DropletIP, t.BastionIP = out.PublicIP, out.DropletIP, out.Bastion.PublicIP
	t.Database, t.AdminLogin = out.Database, out.AdminLogin
	t.OdooContainer, t.PostgresContainer = out.Containers["odoo"], out.Containers["postgres"]
	t.EdgeLogin = out.EdgeLogin
	if out.Stanza != "" {
		whole, _, err := a.opened(ctx, t.Stack)
		if err != nil {
			return err
		}
		t.Archived = archived(get, whole)
	}
	mail, err := url.Parse(out.MailURL)
	if err != nil {
		return err
	}
	t.MailHostname = mail.Hostname()
	if t.OpenToSome, err = a.openToSome(ctx, t.Stack, out); err != nil {
		return err
	}
	if t.EdgePassword, err = a.edgePassword(ctx, t.Stack, out); err != nil {
		return err
	}
	t.AdminPassword, err = a.adminPassword(ctx, t.Stack)
	return err
}

// openToSome says whether the stack's config lets some addresses in without
// the edge's password.
func (a *app) openToSome(_ context.Context, stack string, out config.OdooOutputs) (bool, error) {
	files := []string{stack}
	if project.IsPreview(stack) {
		files = []string{project.PreviewTemplate}
		if out.Platform != "" {
			files = append(files, out.Platform)
		}
	}
	for _, name := range files {
		f, err := stackfile.Read(a.project.StackFile(name))
		if err != nil {
			return false, err
		}
		if list := f.Plain("allowCidrs"); list != "" && list != "[]" {
			return true, nil
		}
	}
	return false, nil
}

// archived looks for a WAL segment in every repository:
// PATH/archive/STANZA/17-1/FIRST16/SEGMENT-SHA1.EXT. It says which lack it.
func archived(get cloud.Getter, out config.OdooOutputs) func(context.Context, string) ([]string, error) {
	return func(ctx context.Context, segment string) ([]string, error) {
		if len(out.Repositories) == 0 {
			return nil, errors.New("the stack names no repository: run odooops up " + out.Kind)
		}
		var lack []string
		for i, r := range out.Repositories {
			if i >= len(out.ReadKeys) {
				return nil, fmt.Errorf("list bucket %s: there is no key to it", r.Bucket)
			}
			in, err := holds(ctx, cloud.Repository(get, r, out.ReadKeys[i]), r, out.Stanza, segment)
			if err != nil {
				return nil, fmt.Errorf("list bucket %s of repository %d: %w", r.Bucket, r.Number, err)
			}
			if !in {
				lack = append(lack, fmt.Sprintf("repository %d", r.Number))
			}
		}
		return lack, nil
	}
}

func holds(ctx context.Context, api *s3.Client, r config.Repository, stanza, segment string) (bool, error) {
	base := strings.TrimPrefix(path.Join(r.Path, "archive", stanza), "/") + "/"
	slash := "/"
	clusters, err := api.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &r.Bucket, Prefix: &base, Delimiter: &slash})
	if err != nil {
		return false, err
	}
	for _, c := range clusters.CommonPrefixes {
		prefix := *c.Prefix + segment[:min(16, len(segment))] + "/" + segment
		found, err := api.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &r.Bucket, Prefix: &prefix})
		if err != nil || len(found.Contents) > 0 {
			return err == nil, err
		}
	}
	return false, nil
}

func printSmoke(w io.Writer, r smoke.Report) {
	rows := make([][]string, 0, len(r.Checks))
	for _, c := range r.Checks {
		rows = append(rows, []string{string(c.Status), c.Name, fmt.Sprintf("%.1f s", c.Seconds), c.Detail})
	}
	table(w, []string{"result", "check", "took", "detail"}, rows)
}
