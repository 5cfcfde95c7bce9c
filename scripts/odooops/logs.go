package main

import (
	"context"
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/logs"
	"github.com/odooops/odooops/ops/project"
)

type logsFlags struct {
	since, until string
	follow       bool
	query        logs.Query
	limit        int
}

func (a *app) logsCommand() *cobra.Command {
	var f logsFlags
	cmd := &cobra.Command{
		Use:   "logs STACK",
		Short: "Show the logs of a stack, also of a preview that is gone",
		Long: "Show the logs of a stack, also of a preview that is gone.\n\n" +
			"The newest line is the last. Times are UTC. A day is 24h.\n" +
			"With --follow and --json each line is a JSON object of its own.\n" +
			"What a host sends more than ten seconds late is not followed: ask again for it.\n\n" +
			"Sources: " + strings.Join(logs.Sources(), ", ") + ".",
		Example: "  odooops logs production --follow\n" +
			"  odooops logs production --since 2h --source odoo --level warning\n" +
			"  odooops logs staging --since 2026-11-22T08:00:00Z --until 2026-11-22T08:05:00Z --limit 0\n" +
			"  odooops logs preview-pr-7 --since 3d --grep '/Traceback|CRITICAL/'",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.query.Stack = args[0]
			return a.logs(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&f.follow, "follow", "f", false, "go on with what comes, until interrupted")
	flags.StringVar(&f.since, "since", "15m", "begin so long ago, such as 2h or 3d, or at a time, such as 2026-11-22T08:00:00Z")
	flags.StringVar(&f.until, "until", "", "end so long ago, or at a time; without it, now")
	flags.StringVar(&f.query.Grep, "grep", "", "only lines with this text, or matching a regular expression: '/re/'")
	flags.StringVar(&f.query.Level, "level", "", "this level and worse: "+strings.Join(logs.Levels, ", "))
	flags.StringSliceVar(&f.query.Sources, "source", nil, "only of these, such as odoo,postgres or journal")
	flags.IntVarP(&f.limit, "limit", "n", 1000, "at most so many lines, the newest; 0 for all")
	return cmd
}

func (a *app) logs(ctx context.Context, f logsFlags) error {
	o, err := f.options(time.Now())
	if err != nil {
		return err
	}
	if !project.IsPreview(o.Stack) {
		if err := a.project.CheckStack(o.Stack); err != nil {
			return err
		}
	}
	platform, err := a.platformOf(o.Stack)
	if err != nil {
		return err
	}
	host, connection, err := a.watchers(ctx, "logs of "+o.Stack, platform)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()

	each, all := a.eachLine(o)
	found, err := logs.Read(ctx, host, o, each, a.sayLine)
	if err != nil {
		return err
	}
	a.sayFound(found, o)
	if a.json && !o.Follow {
		return a.emit(*all, nil)
	}
	return nil
}

// eachLine is where lines go as they come. An array is whole at the end only.
func (a *app) eachLine(o logs.Options) (each func(logs.Line) error, all *[]logs.Line) {
	all = &[]logs.Line{}
	switch {
	case a.json && o.Follow:
		lines := json.NewEncoder(a.out)
		lines.SetEscapeHTML(false)
		return func(l logs.Line) error {
			a.emitted = true
			return lines.Encode(l)
		}, all
	case a.json:
		return func(l logs.Line) error {
			*all = append(*all, l)
			return nil
		}, all
	}
	colours := a.colours()
	return func(l logs.Line) error {
		_, err := io.WriteString(a.out, lineText(l, colours))
		return err
	}, all
}

// sayFound tells what a look at the lines doesn't.
func (a *app) sayFound(found logs.Found, o logs.Options) {
	switch query, _ := o.LogQL(); {
	case found.Older:
		a.say("there are older lines than these %d; --limit 0 shows all", found.Lines)
	case found.Lines == 0 && !o.Follow:
		until := "now"
		if !o.Until.IsZero() {
			until = o.Until.UTC().Format(time.RFC3339)
		}
		a.say("nothing found from %s to %s: %s", o.Since.UTC().Format(time.RFC3339), until, query)
	}
}

// options are checked before anything is asked.
func (f logsFlags) options(now time.Time) (o logs.Options, err error) {
	what := "logs of " + f.query.Stack
	o = logs.Options{Query: f.query, Limit: f.limit, Follow: f.follow}
	if _, err := o.LogQL(); err != nil {
		return o, err
	}
	if f.limit < 0 {
		return o, fault.Usage(what, "give --limit a number from 1, or 0 for all lines", "--limit %d", f.limit)
	}
	if o.Since, err = moment(f.since, now); err != nil {
		return o, fault.Usage(what, "give --since 15m, 3d or 2026-11-22T08:00:00Z", "--since %q: %v", f.since, err)
	}
	if o.Since.After(now) {
		return o, fault.Usage(what, "give --since an earlier time; it is "+now.UTC().Format(time.RFC3339), "--since %s is in the future", f.since)
	}
	if f.until == "" {
		return o, nil
	}
	if f.follow {
		return o, fault.Usage(what, "leave one of them away", "--follow has no end, and --until is one")
	}
	if o.Until, err = moment(f.until, now); err != nil {
		return o, fault.Usage(what, "give --until 5m, 1d or 2026-11-22T09:00:00Z", "--until %q: %v", f.until, err)
	}
	if !o.Until.After(o.Since) {
		return o, fault.Usage(what, "give --until a later time than --since", "--until %s is not after --since %s", f.until, f.since)
	}
	return o, nil
}

var days = regexp.MustCompile(`^([0-9]{1,4})d$`)

// moment is a time, or so long before now.
func moment(text string, now time.Time) (time.Time, error) {
	if m := days.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		return now.Add(-time.Duration(n) * 24 * time.Hour), err
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(-d), nil
	}
	return time.Parse(time.RFC3339, text)
}
