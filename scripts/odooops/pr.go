package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/github"
	"github.com/odooops/odooops/ops/pr"
	"github.com/odooops/odooops/stacks/config"
)

func (a *app) prCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "pr", Short: "The preview of a pull request"}
	cmd.AddCommand(a.prUp(), a.prDown(), a.prList(), a.prCredentials(), a.prConfig())
	return cmd
}

type prUpFlags struct {
	pr.UpOptions
	images  []string
	comment string
}

func (a *app) prUp() *cobra.Command {
	var f prUpFlags
	cmd := &cobra.Command{
		Use:   "up --number N",
		Short: "Bring a preview up, or to another image; returns when it answers",
		Long: "Bring a preview up, or to another image; returns when it answers.\n\n" +
			"A new image keeps the data, and updates the modules that changed. The time that a\n" +
			"preview ends is set by the first up; only odooops ttl extend moves it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			stack := config.PreviewStack(f.Number)
			if f.DryRun {
				_, err := a.bringUp(cmd.Context(), f)
				return err
			}
			return a.record(cmd.Context(), "pr up", stack, func() (map[string]any, error) {
				r, err := a.bringUp(cmd.Context(), f)
				return map[string]any{"images": f.images, "data": r.Data, "seconds": r.Seconds}, err
			})
		},
	}
	flags := cmd.Flags()
	numberFlag(cmd, &f.Number)
	flags.StringArrayVar(&f.images, "image", nil, "another image than the pattern's: odoo=REPOSITORY@sha256:… (repeatable)")
	flags.StringVar(&f.Data, "data", "", "template: a copy of the newest template; demo (or new): a new database with demo data; default: what it has, or template")
	flags.DurationVar(&f.TTL, "ttl", 0, "life of a new preview, such as 72h (default: ttlHours of Pulumi.preview.yaml)")
	flags.StringVar(&f.Owner, "owner", "", "login of whoever it is for")
	flags.StringVar(&f.Placement, "placement", "", "shared: on the preview host; dedicated: a droplet of its own")
	flags.BoolVar(&f.Reset, "reset-data", false, "make the data again: what is in it goes")
	flags.BoolVar(&f.Test, "test", false, "run the tests of the modules that changed; a failure fails the update and keeps the log")
	flags.StringVar(&f.comment, "comment", "", "OWNER/REPO: keep one comment on the pull request up to date")
	flags.BoolVar(&f.Cancel, "cancel", false, "first clear the lock of a run that is dead")
	flags.BoolVar(&f.DryRun, "dry-run", false, "say what would be brought up, change nothing")
	return cmd
}

func numberFlag(cmd *cobra.Command, n *int) {
	cmd.Flags().IntVar(n, "number", 0, "number of the pull request (required)")
}

func checkNumber(what string, n int) error {
	if n < 1 || n > 999999 {
		return fault.Usage(what, "give --number N, the pull request's", "%d is no number of a pull request", n)
	}
	return nil
}

func (f *prUpFlags) check() error {
	if err := checkNumber("pr up", f.Number); err != nil {
		return err
	}
	what := "pr up --number " + strconv.Itoa(f.Number)
	switch f.Data {
	case "new", "fresh":
		f.Data = config.DataDemo
	case "", config.DataDemo, config.DataTemplate:
	default:
		return fault.Usage(what, "--data template, demo or new", "there is no data %q", f.Data)
	}
	switch f.Placement {
	case "", config.Shared, config.Dedicated:
	default:
		return fault.Usage(what, "--placement shared or dedicated", "there is no placement %q", f.Placement)
	}
	var err error
	f.Images, err = parseImages(what, f.images)
	return err
}

func (a *app) bringUp(ctx context.Context, f prUpFlags) (pr.UpResult, error) {
	s, err := a.shop(ctx)
	if err != nil {
		return pr.UpResult{}, err
	}
	defer closeHost(s)
	r, err := s.Up(ctx, f.UpOptions)
	if f.comment != "" && !f.DryRun {
		err = errors.Join(err, a.comment(ctx, f.comment, commented(f.Number, r, err)))
	}
	if err != nil {
		return r, err
	}
	for _, w := range r.Warnings {
		a.say("warning: %s", w)
	}
	return r, a.emit(r, func(w io.Writer) { printPR(w, r, f.DryRun) })
}

// closeHost ends the connection, if one was opened.
func closeHost(s *pr.Shop) {
	if s.On != nil {
		_ = s.On.Close()
	}
}

func commented(number int, r pr.UpResult, err error) github.Preview {
	expires, _ := time.Parse(time.RFC3339, r.ExpiresAt)
	return github.Preview{
		Number: number, URL: r.URL, MailURL: r.MailURL, Image: r.Images.Odoo, Data: r.Data,
		Expires: expires, Failed: err != nil,
	}
}

func printPR(w io.Writer, r pr.UpResult, dry bool) {
	verb := "up"
	if dry {
		verb = "would be up"
	}
	table(w, []string{"preview", "is"}, [][]string{
		{r.Stack, verb}, {"url", dash(r.URL)}, {"mail", dash(r.MailURL)}, {"image", r.Images.Odoo},
		{"data", r.Data}, {"expires", r.ExpiresAt}, {"seconds", fmt.Sprintf("%.1f", r.Seconds["total"])},
	})
	if !dry {
		fmt.Fprintf(w, "passwords: odooops pr credentials --number %d\n", r.Number)
	}
}

func (a *app) prDown() *cobra.Command {
	var number int
	var o pr.DownOptions
	cmd := &cobra.Command{
		Use:   "down --number N",
		Short: "Delete a preview and its data; what is gone already is no error",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkNumber("pr down", number); err != nil {
				return err
			}
			o.Stack = config.PreviewStack(number)
			if o.DryRun {
				return a.bringDown(cmd.Context(), o)
			}
			return a.record(cmd.Context(), "pr down", o.Stack, func() (map[string]any, error) {
				return nil, a.bringDown(cmd.Context(), o)
			})
		},
	}
	numberFlag(cmd, &number)
	cmd.Flags().BoolVar(&o.Cancel, "cancel", false, "first clear the lock of a run that is dead")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "show what would go, delete nothing")
	return cmd
}

func (a *app) bringDown(ctx context.Context, o pr.DownOptions) error {
	s, err := a.shop(ctx)
	if err != nil {
		return err
	}
	defer closeHost(s)
	r, err := s.Down(ctx, o)
	if err != nil {
		return err
	}
	return a.emit(r, func(w io.Writer) {
		switch {
		case o.DryRun:
			printPlan(w, r.Plan)
		case !r.Existed:
			fmt.Fprintf(w, "%s: nothing there\n", r.Stack)
		default:
			fmt.Fprintf(w, "%s: gone, %d resources deleted in %.1f s\n", r.Stack, len(r.Plan.Steps), r.Seconds["total"])
		}
	})
}

func (a *app) prList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "All previews, whose they are and when they end",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.shop(cmd.Context())
			if err != nil {
				return err
			}
			defer closeHost(s)
			rows, err := s.List(cmd.Context())
			if err != nil {
				return err
			}
			return a.emit(rows, func(w io.Writer) {
				cells := make([][]string, 0, len(rows))
				for _, r := range rows {
					end := pr.Left(r.ExpiresAt, time.Now())
					if r.Problem != "" {
						end = r.Problem
					}
					cells = append(cells, []string{strconv.Itoa(r.Number), dash(r.Owner), dash(r.Created), end, dash(r.URL)})
				}
				table(w, []string{"number", "owner", "created", "ends", "url"}, cells)
			})
		},
	}
}

func (a *app) prCredentials() *cobra.Command {
	var number int
	cmd := &cobra.Command{
		Use:   "credentials --number N",
		Short: "The passwords of a preview: at the edge, and Odoo's administrator",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkNumber("pr credentials", number); err != nil {
				return err
			}
			s, err := a.shop(cmd.Context())
			if err != nil {
				return err
			}
			defer closeHost(s)
			c, err := s.Credentials(cmd.Context(), number)
			if err != nil {
				return err
			}
			return a.emit(c, func(w io.Writer) {
				table(w, []string{"where", "address", "login", "password"}, [][]string{
					{"edge", c.URL, c.EdgeLogin, c.EdgePassword},
					{"mail", c.MailURL, c.EdgeLogin, c.EdgePassword},
					{"Odoo", c.URL + "/web/login", c.AdminLogin, c.AdminPassword},
				})
			})
		},
	}
	numberFlag(cmd, &number)
	return cmd
}
