package provider

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"google.golang.org/grpc"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/odooops/odooops/tools/internal/plugin"
	"github.com/odooops/odooops/tools/tables"
)

// Main is a plugin's main: it serves until the engine is done with it.
func Main(table func() (tables.Table, error), configure func(getenv func(string) string) func(context.Context, Props) (Types, error)) {
	// The engine ends its plugins by an interrupt; one at the terminal does not
	// reach them, for they are process groups of their own.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	t, err := table()
	if err == nil {
		err = Serve(ctx, os.Args[1:], os.Stdout, Package{Table: t, Configure: configure(os.Getenv)})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, filepath.Base(os.Args[0])+":", err)
		os.Exit(1)
	}
}

// Serve runs the plugin until the engine that started it goes away or ctx
// ends. args are the command line after the program's name; the port goes to
// out, as the engine expects.
func Serve(ctx context.Context, args []string, out io.Writer, pkg Package) error {
	s := newServer(ctx, pkg)
	defer s.cancel()
	err := plugin.Serve(ctx, args, out, func(g *grpc.Server) { rpc.RegisterResourceProviderServer(g, s) })
	if err != nil {
		return fmt.Errorf("provider plugin %s: %w", pkg.Table.Package, err)
	}
	return nil
}
