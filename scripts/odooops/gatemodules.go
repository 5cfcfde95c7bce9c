package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/odooops/odooops/ops/gate"
	"github.com/odooops/odooops/ops/modules"
)

func modulesGate() gateCommand {
	var g gate.Modules
	return gateCommand{
		name:  "modules",
		short: "The OCA modules are those of " + modules.File + ": in the submodules, and in an image",
		flags: func(f *pflag.FlagSet) {
			f.StringVar(&g.Image, "image", "", "also compare with the modules in "+modules.InImage+" of this image")
		},
		check: func(ctx context.Context, dir string) (gate.Report, error) {
			g.Dir = dir
			return g.Check(ctx)
		},
	}
}
