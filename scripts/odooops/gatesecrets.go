package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/odooops/odooops/ops/gate"
)

func secretsGate() gateCommand {
	var g gate.Secrets
	return gateCommand{
		name:  "secrets",
		short: "No password, key or token in the files of git, by the rules of gitleaks",
		long: "No password, key or token in the files that git has or would take, by the rules of\n" +
			"gitleaks and, where the checkout has one, its .gitleaks.toml. Submodules are left out.\n" +
			"No finding says what the secret is.",
		flags: func(f *pflag.FlagSet) {
			f.StringVar(&g.Commits, "commits", "", "look at what these commits added too: all, or a range such as origin/main..HEAD")
		},
		check: func(ctx context.Context, dir string) (gate.Report, error) {
			g.Dir = dir
			return g.Check(ctx)
		},
	}
}
