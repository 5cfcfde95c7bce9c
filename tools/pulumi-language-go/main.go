// Command pulumi-language-go lets a plain `pulumi up` run this repository's Go
// program where the official language host can't be downloaded. It builds the
// program, runs it with the engine's addresses in its environment, and knows
// nothing else: no code generation, no templates, no package lists.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/odooops/odooops/tools/internal/plugin"
)

func main() {
	// The engine ends its plugins by an interrupt; one at the terminal does not
	// reach them, for they are process groups of their own.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	h := &host{engine: plugin.EngineAddress(os.Args[1:])}
	err := plugin.Serve(ctx, os.Args[1:], os.Stdout, func(g *grpc.Server) { rpc.RegisterLanguageRuntimeServer(g, h) })
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-go:", err)
		os.Exit(1)
	}
}
