package main

import (
	"context"
	"fmt"
	"time"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

// machine is the host under a stack, as its outputs tell.
type machine struct {
	kind   string
	odoo   *config.OdooOutputs
	shared *config.PreviewHostOutputs // of the previews' host itself
}

// machine reads a stack's outputs; ok is false before its first whole up.
func (a *app) machine(ctx context.Context, stack string) (m machine, ok bool, err error) {
	st, exists, err := a.state(ctx, stack)
	if err != nil || !exists {
		return m, false, err
	}
	return machineOf(st.Outputs())
}

func machineOf(outputs map[string]any) (m machine, ok bool, err error) {
	m.kind, _ = outputs["kind"].(string)
	switch m.kind {
	case "":
		return m, false, nil
	case config.KindPlatform:
		return m, false, nil // its machines hold nothing, and answer to no user
	case config.KindPreviewHost:
		out, err := config.DecodePreviewHost(outputs)
		m.shared = &out
		return m, err == nil, err
	}
	out, err := config.DecodeOdoo(outputs)
	m.odoo = &out
	return m, err == nil, err
}

// access is how to log in with the operator's key of the stack's zone.
func (m machine) access(operatorKey string) sshaccess.Access {
	switch {
	case m.odoo != nil:
		return m.odoo.Access(operatorKey)
	case m.shared != nil:
		return m.shared.Access(operatorKey)
	}
	return sshaccess.Access{}
}

// odoo is what a stack with an Odoo gave out; ok is false before its first up.
func (a *app) odoo(ctx context.Context, stack string) (out config.OdooOutputs, ok bool, err error) {
	m, ok, err := a.machine(ctx, stack)
	if err != nil || !ok || m.odoo == nil {
		return out, false, err
	}
	return *m.odoo, true, nil
}

// operatorKey is the key that opens the stack's host: its own file's, or of a
// preview that of the shared host, which is its zone's.
func (a *app) operatorKey(ctx context.Context, stack string) (string, error) {
	if project.IsPreview(stack) {
		f, err := stackfile.Read(a.project.StackFile(project.PreviewTemplate))
		if err != nil {
			return "", err
		}
		if stack = f.Plain("host"); stack == "" {
			stack = config.KindPreviewHost
		}
	}
	values, err := a.values(ctx, stack)
	return values["sshOperatorKey"], err
}

// edgePassword is what the edge of a stack asks for; empty where it asks nobody.
func (a *app) edgePassword(ctx context.Context, stack string, out config.OdooOutputs) (string, error) {
	switch {
	case out.EdgeLogin == "":
		return "", nil
	case project.IsPreview(stack):
		key, err := a.zoneKey(ctx)
		return config.Derive(key, stack, config.PurposeEdge), err
	}
	values, err := a.values(ctx, stack)
	return values["edgePassword"], err
}

// adminPassword is that of the administrator of the stack's Odoo.
func (a *app) adminPassword(ctx context.Context, stack string) (string, error) {
	if project.IsPreview(stack) {
		key, err := a.zoneKey(ctx)
		return config.Derive(key, stack, config.PurposeAdmin), err
	}
	values, err := a.values(ctx, stack)
	return values["odooAdminPassword"], err
}

// zoneKey is what every password of every preview comes from.
func (a *app) zoneKey(ctx context.Context) (string, error) {
	values, err := a.fileValues(ctx, project.PreviewTemplate)
	if err == nil && values["zoneKey"] == "" {
		err = fmt.Errorf("odooops:zoneKey is not in Pulumi.%s.yaml: run odooops init", project.PreviewTemplate)
	}
	return values["zoneKey"], err
}

// stackShell runs commands on a stack's host. dial bounds the opening.
func (a *app) stackShell(stack string, m machine, dial time.Duration) func(context.Context, string) (string, error) {
	return a.shell(func(ctx context.Context) (sshaccess.Access, error) {
		key, err := a.operatorKey(ctx, stack)
		return m.access(key), err
	}, dial)
}
