package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/gate"
	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/engine"
	"github.com/odooops/odooops/ops/mask/live"
)

// from is which database a gate looks at.
type from struct{ stack, dsnFile string }

func (f *from) flags(flags *pflag.FlagSet) {
	flags.StringVar(&f.stack, "stack", "", "the database of this stack, through the bastion")
	flags.StringVar(&f.dsnFile, "dsn-file", "", "the database at the address in this file: postgres://USER:PASSWORD@HOST/DATABASE")
}

// database opens it; nil where none is asked for.
func (a *app) database(ctx context.Context, what string, f from) (db *gate.Database, done func(), err error) {
	switch {
	case f.stack != "" && f.dsnFile != "":
		return nil, nil, fault.Usage(what, "leave one of them away", "--stack and --dsn-file are two databases")
	case f.dsnFile != "":
		db, err = gate.OpenDSN(what, f.dsnFile)
		return db, func() {}, err
	case f.stack == "":
		return nil, func() {}, nil
	}
	host, container, err := a.postgresOf(ctx, what, f.stack)
	if err != nil {
		return nil, nil, err
	}
	return gate.OnHost(f.stack, container, host), func() { _ = host.Close() }, nil
}

// postgresOf is a stack's host, and its Postgres container there.
func (a *app) postgresOf(ctx context.Context, what, stack string) (*hostscript.Host, string, error) {
	if err := a.findProject(); err != nil {
		return nil, "", err
	}
	out, ok, err := a.odoo(ctx, stack)
	if err != nil {
		return nil, "", err
	}
	if !ok {
		return nil, "", fault.Newf(what, "odooops up "+stack, "stack %s has no database yet", stack)
	}
	get, err := a.cloudGetter()
	if err != nil {
		return nil, "", err
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return nil, "", fault.Newf(what, "run odooops local stop --purge, then make up", "the local cloud keeps records only: no machine runs")
	}
	key, err := a.operatorKey(ctx, stack)
	if err != nil {
		return nil, "", err
	}
	return &hostscript.Host{Access: out.Access(key), Name: "the host of " + stack}, out.Containers["postgres"], nil
}

func (a *app) dbObjectsGate() gateCommand {
	var f from
	var list string
	return gateCommand{
		name: "db-objects", noDir: true,
		short: "Count tables and sequences: a warning from 8,000, a failure over 10,000",
		flags: func(flags *pflag.FlagSet) {
			f.flags(flags)
			flags.StringVar(&list, "list", "", "or a file: a plain dump, the output of pg_restore --list, or lines such as: table res_partner")
		},
		check: func(ctx context.Context, _ string) (gate.Report, error) {
			db, done, err := a.database(ctx, "gate db-objects", f)
			if err != nil {
				return gate.Report{}, err
			}
			defer done()
			return gate.DBObjects{Database: db, List: list}.Check(ctx)
		},
	}
}

func (a *app) cronsGate() gateCommand {
	var f from
	var g gate.Crons
	return gateCommand{
		name:  "crons",
		short: "Scheduled actions run every 5 minutes at most, end, and are switched off when they fail again and again",
		long: "Scheduled actions run every 5 minutes at most, end, and are switched off when they\n" +
			"fail again and again: in the data, the Python and the odoo.conf of a folder, or,\n" +
			"with --stack or --dsn-file, in a database.",
		flags: func(flags *pflag.FlagSet) {
			f.flags(flags)
			flags.IntVar(&g.Failures, "failures", 5, "after how many, one after the other, an action of a database should be off")
		},
		check: func(ctx context.Context, dir string) (gate.Report, error) {
			db, done, err := a.database(ctx, "gate crons", f)
			if err != nil {
				return gate.Report{}, err
			}
			defer done()
			g.Dir, g.Database = dir, db
			return g.Check(ctx)
		},
	}
}

func (a *app) maskGate() gateCommand {
	var f from
	var dir string
	return gateCommand{
		name:  "mask",
		short: "Every column is in the masking manifest: one that isn't refuses the next restore",
		long: "Every column is in the masking manifest: one that isn't refuses the next restore.\n" +
			"Looks at the fields that the modules of a folder declare, or, with --stack or\n" +
			"--dsn-file, at every column of a database.",
		flags: func(flags *pflag.FlagSet) {
			f.flags(flags)
			flags.StringVar(&dir, "manifest", "", "a folder whose files go in place of this version's, such as ops/mask/manifest of a branch")
		},
		check: func(ctx context.Context, modules string) (gate.Report, error) {
			what := "gate mask"
			sources, err := gate.ReadManifest(what, dir)
			if err != nil {
				return gate.Report{}, err
			}
			g := gate.Mask{Dir: modules, Sources: sources}
			switch {
			case f.stack != "" && f.dsnFile != "":
				return gate.Report{}, fault.Usage(what, "leave one of them away", "--stack and --dsn-file are two databases")
			case f.stack != "" && dir != "":
				return gate.Report{}, fault.Usage(what, "leave one of them away", "a stack is asked with this version's manifest, and --manifest is another")
			case f.dsnFile != "":
				dsn, err := gate.ReadDSN(what, f.dsnFile)
				if err != nil {
					return gate.Report{}, err
				}
				g.Database = "the database"
				g.Ask = func(ctx context.Context, sources map[string]string) (mask.CheckResult, error) {
					return engine.Check(ctx, mask.CheckRequest{Manifest: sources, DSN: dsn})
				}
			case f.stack != "":
				host, container, err := a.postgresOf(ctx, what, f.stack)
				if err != nil {
					return gate.Report{}, err
				}
				defer func() { _ = host.Close() }()
				g.Database = "stack " + f.stack
				g.Ask = func(ctx context.Context, _ map[string]string) (mask.CheckResult, error) {
					return live.Check(ctx, host, container)
				}
			}
			return g.Check(ctx)
		},
	}
}

func (a *app) neutralizeGate() gateCommand {
	var f from
	var g gate.Neutralize
	return gateCommand{
		name:  "neutralize",
		short: "Modules that talk to others or hold credentials bring a data/neutralize.sql",
		long: "Modules that talk to others or hold credentials bring a data/neutralize.sql, by the\n" +
			"rule by which a restore refuses them. With --stack or --dsn-file those that are not\n" +
			"installed there only warn.",
		flags: func(flags *pflag.FlagSet) {
			f.flags(flags)
			flags.StringSliceVar(&g.Harmless, "harmless", nil, "modules of others that somebody has looked at, as odooops restore takes them")
		},
		check: func(ctx context.Context, dir string) (gate.Report, error) {
			db, done, err := a.database(ctx, "gate neutralize", f)
			if err != nil {
				return gate.Report{}, err
			}
			defer done()
			g.Dir, g.Database = dir, db
			return g.Check(ctx)
		},
	}
}
