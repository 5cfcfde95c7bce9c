package provider

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Invoke answers a data source.
func (s *server) Invoke(ctx context.Context, req *rpc.InvokeRequest) (*rpc.InvokeResponse, error) {
	s.mu.RLock()
	f, ok := s.types.Functions[req.GetTok()]
	s.mu.RUnlock()
	if !ok {
		return nil, status.Errorf(codes.Unimplemented, "the offline plugin %s %s has no function %s",
			s.pkg.Table.Package, s.pkg.Table.Version, req.GetTok())
	}
	args, _, err := decode(req.GetArgs())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", req.GetTok(), err)
	}
	ctx, done := s.operation(ctx, 0)
	defer done()
	result, err := f(ctx, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", req.GetTok(), err)
	}
	out, err := encode(result, nil)
	return &rpc.InvokeResponse{Return: out}, err
}
