// Command pulumi-resource-github stands in for the official GitHub provider
// where that can't be downloaded. The local cloud has no GitHub, so this keeps
// records only: an update plans, creates, replaces and deletes what the
// official plugin would, and changes nothing anywhere. It must never let
// somebody believe that a real repository was changed, and so refuses to work
// for anything but the local cloud.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/odooops/odooops/tools/internal/provider"
	"github.com/odooops/odooops/tools/tables"
)

func main() {
	// The engine ends its plugins by an interrupt; one at the terminal does not
	// reach them, for they are process groups of their own.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-github:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	table, err := tables.GitHub()
	if err != nil {
		return err
	}
	return provider.Serve(ctx, os.Args[1:], os.Stdout, provider.Package{Table: table, Configure: configure(os.Getenv)})
}
