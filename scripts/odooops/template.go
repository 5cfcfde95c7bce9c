package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/pr"
	"github.com/odooops/odooops/ops/template"
)

func (a *app) templateCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "template", Short: "The data that previews are copies of"}
	cmd.AddCommand(a.templatePublish(), a.templateList())
	return cmd
}

func (a *app) templatePublish() *cobra.Command {
	var fresh, dryRun bool
	cmd := &cobra.Command{
		Use:   "publish --fresh",
		Short: "Make a template on the preview host, from demo data; the old ones stay while they are used",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !fresh {
				return fault.Usage("template publish", "give --fresh: a new database with demo data", "nothing says what it is to be made from")
			}
			if dryRun {
				return a.publish(cmd.Context(), true)
			}
			return a.record(cmd.Context(), "template publish", "", func() (map[string]any, error) {
				return nil, a.publish(cmd.Context(), false)
			})
		},
	}
	cmd.Flags().BoolVar(&fresh, "fresh", false, "from a new database with demo data")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be made, make nothing")
	return cmd
}

// hosted is the shop, with a host.
func (a *app) hosted(ctx context.Context, what string) (*pr.Shop, error) {
	s, err := a.shop(ctx)
	if err != nil {
		return nil, err
	}
	if s.On == nil {
		return nil, fault.Newf(what, "run odooops up "+s.HostStack, "the previews' host is not there")
	}
	return s, nil
}

func (a *app) publish(ctx context.Context, dryRun bool) error {
	s, err := a.hosted(ctx, "publish a template")
	if err != nil {
		return err
	}
	defer closeHost(s)
	r, err := template.Publish(ctx, template.Options{
		On: s.On, Pattern: s.Pattern, Domain: s.Host.PreviewDomain, RegistryToken: s.RegistryToken,
		Now: time.Now(), DryRun: dryRun, Say: a.sayLine,
	})
	if err != nil {
		return err
	}
	return a.emit(r, func(w io.Writer) {
		verb := "published"
		if dryRun {
			verb = "would be published"
		}
		fmt.Fprintf(w, "template %s %s: %s\n", r.Template.ID, verb, r.Template.Modules)
		if len(r.Retired) > 0 {
			fmt.Fprintf(w, "retired: %s\n", strings.Join(r.Retired, ", "))
		}
	})
}

func (a *app) templateList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "The complete templates, newest first, and who rests on them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.hosted(cmd.Context(), "list the templates")
			if err != nil {
				return err
			}
			defer closeHost(s)
			list, err := s.On.Templates(cmd.Context())
			if err != nil {
				return err
			}
			return a.emit(list, func(w io.Writer) {
				cells := make([][]string, 0, len(list))
				for _, t := range list {
					cells = append(cells, []string{t.ID, t.Source, t.Created.UTC().Format(time.RFC3339), t.Modules, dash(strings.Join(t.UsedBy, ", "))})
				}
				table(w, []string{"template", "source", "created", "modules", "used by"}, cells)
			})
		},
	}
}
