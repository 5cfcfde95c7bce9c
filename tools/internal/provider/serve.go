package provider

import (
	"context"
	"fmt"
	"io"

	"google.golang.org/grpc"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/odooops/odooops/tools/internal/plugin"
)

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
