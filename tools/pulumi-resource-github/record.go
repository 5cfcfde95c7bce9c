package main

import (
	"context"
	"strings"

	"github.com/odooops/odooops/tools/internal/provider"
)

// record is a resource that is nowhere but in the engine's state.
type record struct {
	identity []string
	refusal  error // not nil: there is a GitHub, and this is not the way to it
}

func (r record) Create(_ context.Context, in provider.Props) (string, provider.Props, error) {
	if r.refusal != nil {
		return "", nil, r.refusal
	}
	var parts []string
	for _, key := range r.identity {
		if v := in.String(key); v != "" {
			parts = append(parts, v)
		}
	}
	return strings.Join(parts, ":"), nil, nil
}

// Read finds what the state says. There is nothing to import.
func (r record) Read(_ context.Context, _ string, state provider.Props) (provider.Props, error) {
	switch {
	case r.refusal != nil:
		return nil, r.refusal
	case len(state) == 0:
		return nil, provider.ErrGone
	}
	return nil, nil
}

func (r record) Update(context.Context, string, provider.Props, provider.Props) (provider.Props, error) {
	return nil, r.refusal
}

func (r record) Delete(context.Context, string, provider.Props) error { return r.refusal }

// repository is there already, with secret scanning on, whatever its name is.
type repository struct{ record }

func (r repository) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	if len(state) > 0 || r.refusal != nil {
		return r.record.Read(ctx, id, state)
	}
	on := map[string]any{"status": "enabled"}
	return provider.Props{
		"name":       id,
		"visibility": "private",
		"hasIssues":  true,
		"securityAndAnalysis": map[string]any{
			"secretScanning": on, "secretScanningPushProtection": on,
		},
	}, nil
}
