package provider

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/odooops/odooops/tools/tables"
)

// Package is one provider plugin: its table, its version and how to make its
// types once the configuration is known.
type Package struct {
	Table tables.Table
	// Configure connects to the cloud and returns what can be done there. It
	// must not need the cloud to be up: an unused provider has to configure.
	Configure func(ctx context.Context, config Props) (Types, error)
}

// Types are a configured provider's implementations, by token.
type Types struct {
	Resources map[string]Resource
	Functions map[string]Function
}

type server struct {
	rpc.UnimplementedResourceProviderServer
	pkg    Package
	ctx    context.Context
	cancel context.CancelFunc

	mu    sync.RWMutex
	types Types
}

func newServer(ctx context.Context, pkg Package) *server {
	ctx, cancel := context.WithCancel(ctx)
	return &server{pkg: pkg, ctx: ctx, cancel: cancel}
}

func (s *server) Handshake(context.Context, *rpc.ProviderHandshakeRequest) (*rpc.ProviderHandshakeResponse, error) {
	return &rpc.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

func (s *server) GetPluginInfo(context.Context, *emptypb.Empty) (*rpc.PluginInfo, error) {
	return &rpc.PluginInfo{Version: s.pkg.Table.Version}, nil
}

func (s *server) Attach(context.Context, *rpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Cancel ends what is under way: the user has asked the engine to stop.
func (s *server) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	s.cancel()
	return &emptypb.Empty{}, nil
}

// resource finds the implementation and the table's row of a URN's type.
func (s *server) resource(urn string) (Resource, tables.Resource, error) {
	token := typeOf(urn)
	row, known := s.pkg.Table.Resources[token]
	s.mu.RLock()
	r, ok := s.types.Resources[token]
	s.mu.RUnlock()
	if !known || !ok {
		return nil, row, status.Errorf(codes.Unimplemented,
			"the offline plugin %s %s has no resource type %s; with network access, `pulumi plugin install resource %s %s` gets the official plugin",
			s.pkg.Table.Package, s.pkg.Table.Version, token, s.pkg.Table.Package, s.pkg.Table.Version)
	}
	return r, row, nil
}

// typeOf is the type in urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME.
func typeOf(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) != 4 {
		return ""
	}
	chain := strings.Split(parts[2], "$")
	return chain[len(chain)-1]
}

// nameOf is the name in a URN.
func nameOf(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	return parts[len(parts)-1]
}

// failure keeps gRPC statuses as they are and names the operation otherwise.
func failure(verb, urn string, err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	return fmt.Errorf("%s %s %q: %w", verb, typeOf(urn), nameOf(urn), err)
}
