// Package plugin is the part every Pulumi plugin process shares: listen on
// loopback, print the port, serve gRPC, and leave when the engine leaves.
package plugin

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// maxMessage is the engine's own limit of a message, in bytes.
const maxMessage = 400 << 20

// watchInterval is how often a plugin looks whether its engine is alive.
const watchInterval = 5 * time.Second

// Serve registers the service and serves it. The last argument of the command
// line that is no flag is the engine's address; without one the plugin just
// runs until ctx ends.
func Serve(ctx context.Context, args []string, out io.Writer, register func(*grpc.Server)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for the engine: %w", err)
	}
	g := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))
	register(g)
	go func() {
		watchEngine(ctx, EngineAddress(args))
		cancel()
	}()
	context.AfterFunc(ctx, g.Stop)
	if _, err := fmt.Fprintln(out, listener.Addr().(*net.TCPAddr).Port); err != nil {
		return fmt.Errorf("telling the engine the port: %w", err)
	}
	return g.Serve(listener)
}

// EngineAddress is the last argument that is no flag, or "".
func EngineAddress(args []string) string {
	address := ""
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			address = a
		}
	}
	return address
}

// watchEngine returns when the engine is gone, so that a killed `pulumi`
// leaves no plugin behind. It asks the engine's health service, as the
// official plugins do; an engine without one is alive as long as it answers.
func watchEngine(ctx context.Context, address string) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if address == "" || err != nil {
		<-ctx.Done()
		return
	}
	defer conn.Close()
	health := grpc_health_v1.NewHealthClient(conn)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchInterval):
		}
		_, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
		if err != nil && status.Code(err) != codes.Unimplemented {
			return
		}
	}
}
