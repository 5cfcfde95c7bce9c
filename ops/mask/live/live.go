// Package live asks a running stack's database what the manifest doesn't know
// of it. It reads the catalog only.
package live

import (
	"context"
	_ "embed"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/manifest"
)

//go:embed check.py
var script string

const dsn = "host=/var/run/postgresql user=postgres dbname=odoo"

// Host runs a script on a stack's host; see ops/hostscript.
type Host interface {
	Ask(ctx context.Context, what, source string, request, answer any, say func(string)) error
}

// Check the database behind a Postgres container.
func Check(ctx context.Context, host Host, container string) (mask.CheckResult, error) {
	var result mask.CheckResult
	return result, ask(ctx, host, container, "check", &result)
}

// Propose sections of a manifest for what isn't classified.
func Propose(ctx context.Context, host Host, container string) (mask.ProposeResult, error) {
	var result mask.ProposeResult
	return result, ask(ctx, host, container, "propose", &result)
}

func ask(ctx context.Context, host Host, container, command string, answer any) error {
	sources, err := manifest.Sources()
	if err != nil {
		return err
	}
	return host.Ask(ctx, "mask "+command, script, map[string]any{
		"container": container, "command": command, "request": mask.CheckRequest{Manifest: sources, DSN: dsn},
	}, answer, nil)
}
