package main

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/smoke"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) smokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "smoke STACK",
		Short: "Check a production stack as its users meet it",
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
	values, err := a.checked(ctx, stack)
	if err != nil {
		return t, err
	}
	if values["kind"] != config.KindProduction {
		return t, fault.Usage("smoke "+stack, "odooops smoke production", "it is of kind %s; there is nothing a user would meet", values["kind"])
	}
	out, ok, err := a.production(ctx, stack)
	if err != nil {
		return t, err
	}
	if !ok {
		return t, fault.Newf("smoke "+stack, "run odooops up "+stack, "it is not there yet")
	}
	get, err := a.cloudGetter()
	if err != nil {
		return t, err
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return t, fault.Newf("smoke "+stack, "run odooops local stop --purge, then make up", "the local cloud keeps records only: no machine runs")
	}
	t = smoke.Target{
		Stack: stack, Hostname: out.Hostname, Domain: out.Domain,
		PublicIP: out.PublicIP, DropletIP: out.DropletIP, BastionIP: out.Bastion.PublicIP, Roots: a.roots(),
		Database: out.Database, AdminLogin: out.AdminLogin, AdminPassword: values["odooAdminPassword"],
		OdooContainer: out.Containers["odoo"], PostgresContainer: out.Containers["postgres"],
		Shell:    a.shell(stack, out, 20*time.Second),
		Archived: archived(get, out),
	}
	if get("ODOOOPS_LOCAL_MACHINES") != "" {
		place := local.DefaultPlace
		if d, err := local.Find(a.project); err == nil && d != nil {
			place = d.Place
		}
		t.Nameserver = place.Address("dns")
	}
	return t, nil
}

// archived looks for a WAL segment in the bucket:
// PATH/archive/STANZA/17-1/FIRST16/SEGMENT-SHA1.EXT.
func archived(get cloud.Getter, out config.OdooOutputs) func(context.Context, string) (bool, error) {
	return func(ctx context.Context, segment string) (bool, error) {
		api := cloud.Spaces(get, out.Region)
		base := strings.TrimPrefix(path.Join(out.WALPath, "archive", out.Stanza), "/") + "/"
		slash := "/"
		clusters, err := api.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &out.WALBucket, Prefix: &base, Delimiter: &slash})
		if err != nil {
			return false, fmt.Errorf("list bucket %s: %w", out.WALBucket, err)
		}
		for _, c := range clusters.CommonPrefixes {
			prefix := *c.Prefix + segment[:min(16, len(segment))] + "/" + segment
			found, err := api.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &out.WALBucket, Prefix: &prefix})
			if err != nil {
				return false, fmt.Errorf("list bucket %s: %w", out.WALBucket, err)
			}
			if len(found.Contents) > 0 {
				return true, nil
			}
		}
		return false, nil
	}
}

func printSmoke(w io.Writer, r smoke.Report) {
	rows := make([][]string, 0, len(r.Checks))
	for _, c := range r.Checks {
		rows = append(rows, []string{string(c.Status), c.Name, fmt.Sprintf("%.1f s", c.Seconds), c.Detail})
	}
	table(w, []string{"result", "check", "took", "detail"}, rows)
}
