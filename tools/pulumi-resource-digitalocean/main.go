// Command pulumi-resource-digitalocean stands in for the official DigitalOcean
// provider where that can't be downloaded. It speaks to the API named by
// DIGITALOCEAN_API_URL through godo and makes the same calls as the official
// one, but polls faster. It must not be cleverer than the official plugin:
// what works here has to work there.
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
		fmt.Fprintln(os.Stderr, "pulumi-resource-digitalocean:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	table, err := tables.DigitalOcean()
	if err != nil {
		return err
	}
	return provider.Serve(ctx, os.Args[1:], os.Stdout, provider.Package{Table: table, Configure: configure(os.Getenv)})
}
