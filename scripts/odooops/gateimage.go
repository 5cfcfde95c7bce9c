package main

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/odooops/odooops/ops/gate"
)

func imageGate() gateCommand {
	g := gate.Image{Now: time.Now}
	return gateCommand{
		name:  "image",
		short: "Nothing in an image is known to be broken and mended in a newer package, by Trivy",
		long: "Nothing in an image is known to be broken, of severity high or critical, and mended\n" +
			"in a newer package. Trivy looks, which must be on PATH. .trivyignore.yaml in --dir\n" +
			"takes findings back, each until a day and for a reason.",
		flags: func(f *pflag.FlagSet) {
			f.StringVar(&g.Image, "image", "", "the image, by a reference that docker or a registry has")
			f.StringVar(&g.Archive, "archive", "", "or a file that docker save wrote")
			f.StringVar(&g.Database, "offline-db", "", "a folder with Trivy's database; nothing is downloaded then")
			f.DurationVar(&g.MaxAge, "offline-db-age", 7*24*time.Hour, "refuse an older one")
			f.StringVar(&g.Trivy, "trivy", "trivy", "the program")
		},
		check: func(ctx context.Context, dir string) (gate.Report, error) {
			g.Dir = dir
			return g.Check(ctx)
		},
	}
}
