package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/odooops/odooops/components/mailcatcher"
	"github.com/odooops/odooops/ops/gate"
)

// The gates that look at a checkout.

func addonsPathsGate() gateCommand {
	return gateCommand{
		name:  "addons-paths",
		short: "odoo.conf looks for modules in odoo, oca and ipai, in this order, and nowhere else",
		check: func(ctx context.Context, dir string) (gate.Report, error) {
			return gate.AddonsPaths{Dir: dir}.Check(ctx)
		},
	}
}

func dockerfileGate() gateCommand {
	var g gate.Dockerfile
	return gateCommand{
		name:  "dockerfile",
		short: "Bases are pinned by digest, and no package manager runs when a container starts",
		flags: func(flags *pflag.FlagSet) {
			flags.StringArrayVar(&g.BuildArgs, "build-arg", nil, "NAME=VALUE, as docker build gets it: for a base in an ARG without a default")
		},
		check: func(ctx context.Context, dir string) (gate.Report, error) {
			g.Dir = dir
			return g.Check(ctx)
		},
	}
}

func smtpGate() gateCommand {
	var g gate.SMTP
	return gateCommand{
		name:  "smtp",
		short: "Configurations, data and environments send mail to the catcher only, and nothing to port 25",
		flags: func(flags *pflag.FlagSet) {
			flags.StringVar(&g.Catcher, "catcher", mailcatcher.Address, "HOST:PORT of the catcher")
		},
		check: func(ctx context.Context, dir string) (gate.Report, error) {
			g.Dir = dir
			return g.Check(ctx)
		},
	}
}
