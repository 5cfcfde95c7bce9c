package main

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
)

// values is a stack's config, decrypted.
func (a *app) values(ctx context.Context, stack string) (map[string]string, error) {
	if err := a.project.CheckStack(stack); err != nil {
		return nil, err
	}
	return a.fileValues(ctx, stack)
}

// fileValues is a config file, decrypted; also the one that previews share.
func (a *app) fileValues(ctx context.Context, stack string) (map[string]string, error) {
	f, err := stackfile.Read(a.project.StackFile(stack))
	if err != nil {
		return nil, err
	}
	pass := ""
	if f.Encrypted() {
		zone := config.ZoneOf(f.Plain("kind"))
		if pass, err = a.project.Passphrase(a.getenv, zone); err != nil {
			return nil, err
		}
	}
	return f.Values(ctx, pass)
}

// checked is a stack's config after the same check that the program makes:
// wrong config is told before the engine starts.
func (a *app) checked(ctx context.Context, stack string) (map[string]string, error) {
	v, err := a.values(ctx, stack)
	if err != nil {
		return nil, err
	}
	if err := config.ValidateFile(v); err != nil {
		return nil, fault.Usage("config of "+stack, "correct Pulumi."+stack+".yaml, or run odooops init when a secret is missing", "%v", err)
	}
	return v, nil
}

// env is the environment of engine and cloud for a stack, which its zone decides.
func (a *app) env(stack string) (map[string]string, error) {
	zone, err := a.project.ZoneOf(stack)
	if err != nil {
		return nil, err
	}
	return local.Env(a.project, a.getenv, zone)
}

// open opens a stack with engine and cloud.
func (a *app) open(ctx context.Context, stack string, program pulumi.RunFunc, create bool) (*workspace.Stack, error) {
	env, err := a.env(stack)
	if err != nil {
		return nil, err
	}
	if program != nil {
		if err := workspace.Enter(a.project.Root, env); err != nil {
			return nil, err
		}
	}
	return workspace.Open(ctx, workspace.Options{
		Project: a.project, Stack: stack, Program: program, Env: env, Progress: a.progress(), Create: create,
	})
}

// state reads what the backend remembers of a stack; it needs neither cloud nor
// passphrase.
func (a *app) state(ctx context.Context, stack string) (workspace.State, bool, error) {
	zone, err := a.project.ZoneOf(stack)
	if err != nil {
		return workspace.State{}, false, err
	}
	b, err := a.backend(zone)
	if err != nil {
		return workspace.State{}, false, err
	}
	d, err := b.State(ctx, stack)
	if err != nil || d == nil {
		return workspace.State{}, false, err
	}
	return workspace.StateOf(*d), true, nil
}
