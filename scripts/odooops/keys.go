package main

import (
	"context"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

// opened is what a stack with an Odoo gave out, its secret outputs decrypted:
// the keys to the repositories. ok is false before its first up.
func (a *app) opened(ctx context.Context, stack string) (out config.OdooOutputs, ok bool, err error) {
	st, exists, err := a.state(ctx, stack)
	if err != nil || !exists || st.Outputs()["kind"] == nil {
		return out, false, err
	}
	zone, err := a.project.ZoneOf(stack)
	if err != nil {
		return out, false, err
	}
	pass, err := a.project.Passphrase(a.getenv, zone)
	if err != nil {
		return out, false, err
	}
	outputs, err := st.OpenOutputs(ctx, pass)
	if err != nil {
		return out, false, fault.New("open the outputs of "+stack, "", err)
	}
	out, err = config.DecodeOdoo(outputs)
	return out, err == nil, err
}
