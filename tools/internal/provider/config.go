package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func (s *server) CheckConfig(_ context.Context, req *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	return &rpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig never replaces: as with the official plugins, a provider that
// now points elsewhere keeps its resources.
func (s *server) DiffConfig(_ context.Context, req *rpc.DiffRequest) (*rpc.DiffResponse, error) {
	olds, _, err := decode(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	news, _, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	resp := &rpc.DiffResponse{Changes: rpc.DiffResponse_DIFF_NONE}
	for _, key := range slices.Sorted(maps.Keys(olds.merge(news))) {
		if changed(olds[key], news[key]) {
			resp.Changes = rpc.DiffResponse_DIFF_SOME
			resp.Diffs = append(resp.Diffs, key)
		}
	}
	return resp, nil
}

func (s *server) Configure(ctx context.Context, req *rpc.ConfigureRequest) (*rpc.ConfigureResponse, error) {
	config, _, err := decode(req.GetArgs())
	if err != nil {
		return nil, fmt.Errorf("configuration of provider %s: %w", s.pkg.Table.Package, err)
	}
	types, err := s.pkg.Configure(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("configuring provider %s: %w", s.pkg.Table.Package, err)
	}
	s.mu.Lock()
	s.types = types
	s.mu.Unlock()
	return &rpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}
