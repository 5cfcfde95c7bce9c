package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/restore"
	"github.com/odooops/odooops/stacks/config"
)

// restoreFlags of all targets.
type restoreFlags struct {
	from, dump       string
	at, backup       string
	repo             int
	repoAt           string
	rollback, dryRun bool
	harmless         []string

	// Of production.
	confirm, kit, identity string
	fence                  bool
}

// toTemplate is the target that is no stack.
const toTemplate = "template"

func (a *app) restoreCommand() *cobra.Command {
	var f restoreFlags
	cmd := &cobra.Command{
		Use:   "restore TARGET",
		Short: "Bring a backup back: masked to a staging or the previews' template, or to production itself",
		Long: "Bring a backup back.\n\n" +
			"To a staging, and to the template of the previews, masked: on a machine of its own,\n" +
			"which is destroyed afterwards. Until the switch at the end the target is as it was, and\n" +
			"after an error it stays so. Killed at any moment, the next run goes on.\n\n" +
			"To production only with --confirm production: into new data beside the old.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.dryRun {
				_, err := a.restore(cmd.Context(), args[0], f)
				return err
			}
			return a.record(cmd.Context(), "restore", args[0], func() (map[string]any, error) {
				return a.restore(cmd.Context(), args[0], f)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", config.KindProduction, "the stack whose backup it is")
	flags.StringVar(&f.dump, "from-dump", "", "a file instead: Odoo's zip, or of pg_dump -Fc")
	flags.StringVar(&f.at, "at", "", "a point in time, such as 2026-11-22T04:30:00Z; the newest without")
	flags.StringVar(&f.backup, "backup", "", "the label of a backup; odooops backup list has them")
	flags.IntVar(&f.repo, "repo", 1, "the repository: 1 is Spaces, 2 is the one elsewhere")
	flags.StringVar(&f.repoAt, "repo-at", "", "repository 2 as it was at this time, such as before an attack")
	flags.StringSliceVar(&f.harmless, "harmless", nil, "modules that seem to talk to others and were looked at: they need no data/neutralize.sql")
	flags.BoolVar(&f.rollback, "rollback", false, "serve the data from before the last restore again")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would be done, change nothing")
	flags.StringVar(&f.confirm, "confirm", "", "the name of the production stack again")
	flags.BoolVar(&f.fence, "fence", false, "production: first cut off the old machine and its keys")
	flags.StringVar(&f.kit, "kit", "", "production: the recovery kit that says where the backups are")
	flags.StringVar(&f.identity, "identity", "", "production: the operator's key that opens the kit")
	return cmd
}

func (a *app) restore(ctx context.Context, target string, f restoreFlags) (map[string]any, error) {
	what := "restore " + target
	if err := f.check(what); err != nil {
		return nil, err
	}
	kind := toTemplate
	if target != toTemplate {
		if err := a.project.CheckStack(target); err != nil {
			return nil, err
		}
		var err error
		if kind, err = a.project.Kind(target); err != nil {
			return nil, err
		}
	}
	if kind != config.KindProduction && (f.confirm != "" || f.kit != "" || f.identity != "" || f.fence) {
		return nil, fault.Usage(what, "leave --confirm, --fence, --kit and --identity away", "they are for production alone, and this is %s", describe(target, kind))
	}
	if len(f.harmless) > 0 && (kind == config.KindProduction || f.rollback) {
		return nil, fault.Usage(what, "leave --harmless away", "it is about what is neutralized, and this is not")
	}
	switch {
	case kind == config.KindProduction && f.from != config.KindProduction && f.from != target:
		return nil, fault.Usage(what, "leave --from away", "production takes its own backups only, not those of %s", f.from)
	case kind == config.KindProduction && f.dump != "":
		return nil, fault.Usage(what, "restore it from its backups", "a dump has none of the WAL that production's backups need")
	case kind == config.KindProduction:
		return a.restoreProduction(ctx, target, productionRestore{
			Backup: f.backup, At: f.at, RepoAt: f.repoAt, Repo: f.repo, Confirm: f.confirm,
			Kit: f.kit, Identity: f.identity, Fence: f.fence, Rollback: f.rollback, DryRun: f.dryRun,
		})
	case kind == toTemplate && f.rollback:
		return nil, fault.Usage(what, "give the preview the template it is to have: odooops pr up --template", "templates stay beside each other while they are used")
	case kind == config.KindStaging && f.rollback:
		return a.rollbackStaging(ctx, target, f.dryRun)
	case kind == config.KindStaging || kind == toTemplate:
		return a.restoreMasked(ctx, target, kind, f)
	}
	return nil, fault.Usage(what, "a staging, or template", "it is %s, which takes no data of production", describe(target, kind))
}

func describe(target, kind string) string {
	if target == kind {
		return "the " + kind
	}
	return "of kind " + kind
}

// check refuses what contradicts itself.
func (f restoreFlags) check(what string) error {
	for name, text := range map[string]string{"--at": f.at, "--repo-at": f.repoAt} {
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return fault.Usage(what, name+" 2026-11-22T04:30:00Z", "%s %q is no time with its zone", name, text)
		}
		if at.After(time.Now().Add(time.Minute)) {
			return fault.Usage(what, "give a time that has been", "%s %s is in the future", name, text)
		}
	}
	switch {
	case f.repo != 1 && f.repo != 2:
		return fault.Usage(what, "--repo 1 or --repo 2", "there is no repository %d", f.repo)
	case f.repoAt != "" && f.repo != 2:
		return fault.Usage(what, "--repo 2 --repo-at "+f.repoAt, "only repository 2 keeps what was overwritten and deleted")
	case f.at != "" && f.backup != "":
		return fault.Usage(what, "give one of them", "--backup and --at both say which data")
	case f.dump != "" && (f.at != "" || f.backup != "" || f.repoAt != ""):
		return fault.Usage(what, "leave --at, --backup and --repo-at away", "a dump is of one moment")
	case f.rollback && (f.dump != "" || f.at != "" || f.backup != "" || f.repoAt != ""):
		return fault.Usage(what, "leave the others away", "--rollback takes the data that was served before")
	}
	return nil
}

func (a *app) emitRestore(r restore.Result) error {
	return a.emit(r, func(w io.Writer) {
		rows := make([][]string, 0, len(r.Steps))
		for _, s := range r.Steps {
			rows = append(rows, []string{s.Name, fmt.Sprintf("%.1f s", s.Seconds), s.Detail})
		}
		table(w, []string{"step", "took", "detail"}, rows)
		fmt.Fprintf(w, "%s serves %s's data, masked: %d rows of %d tables, backup %s, in %.0f s\n",
			r.Target, r.Source, r.Rows, r.Tables, dash(r.Backup), r.Seconds)
	})
}

func (a *app) emitSteps(target string, f restoreFlags) error {
	steps := restore.Names()
	return a.emit(map[string]any{"target": target, "from": f.from, "steps": steps}, func(w io.Writer) {
		fmt.Fprintf(w, "%s would be restored from %s by: %s\n", target, f.from, strings.Join(steps, ", "))
	})
}
