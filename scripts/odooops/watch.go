package main

import (
	"context"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/ops/watch"
	"github.com/odooops/odooops/stacks/config"
)

// platformOf is the platform that a stack stands on, as its config says: its
// state may be gone. Previews are in another zone and know none: there is one.
func (a *app) platformOf(stack string) (string, error) {
	if !project.IsPreview(stack) {
		f, err := stackfile.Read(a.project.StackFile(stack))
		if err != nil {
			return "", err
		}
		if f.Plain("kind") == config.KindPlatform {
			return stack, nil
		}
		if name := f.Plain("platform"); name != "" {
			return name, nil
		}
	}
	for _, name := range a.project.Stacks() {
		if kind, err := a.project.Kind(name); err == nil && kind == config.KindPlatform {
			return name, nil
		}
	}
	return config.KindPlatform, nil
}

// watchers is the way to a platform's observability host. The caller closes it.
func (a *app) watchers(ctx context.Context, what, platform string) (watch.Host, *hostscript.Host, error) {
	fail := func(err error) (watch.Host, *hostscript.Host, error) { return watch.Host{}, nil, err }
	st, exists, err := a.state(ctx, platform)
	if err != nil {
		return fail(fault.New(what, "", err))
	}
	if !exists || st.Outputs()["kind"] == nil {
		return fail(fault.Newf(what, "run odooops up "+platform, "the platform %s is not there", platform))
	}
	out, err := config.DecodePlatform(st.Outputs())
	if err != nil {
		return fail(fault.New(what, "run odooops up "+platform, err))
	}
	if out.Observability == nil {
		return fail(fault.Newf(what, "set odooops:observability to true in Pulumi."+platform+".yaml, then run odooops up "+platform,
			"the platform %s has no observability host", platform))
	}
	get, err := a.cloudGetter()
	if err != nil {
		return fail(err)
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return fail(fault.Newf(what, "run odooops local stop --purge, then make up", "the local cloud keeps records only: no machine runs"))
	}
	key, err := a.operatorKey(ctx, platform)
	if err != nil {
		return fail(err)
	}
	host := &hostscript.Host{
		Access: out.Bastion.Through(key, out.Observability.PrivateIP, out.Observability.HostKey),
		Name:   "the observability host of " + platform,
	}
	return watch.Host{Script: host, Stack: platform}, host, nil
}

// tell gives the platform's Prometheus what an operation came to. Where nobody
// watches, and where nothing boots, it does nothing; that it can't be told undoes nothing, and is said.
func (a *app) tell(ctx context.Context, platform string, gauges ...watch.Gauge) {
	st, exists, err := a.state(ctx, platform)
	if err == nil && (!exists || st.Outputs()["observability"] == nil) {
		return
	}
	if get, err := a.cloudGetter(); err == nil && get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return
	}
	host, connection, err := a.watchers(ctx, "tell the alerts", platform)
	if err == nil {
		defer func() { _ = connection.Close() }()
		err = host.Push(ctx, time.Now(), gauges...)
	}
	if err != nil {
		a.say("warning: %v", err)
	}
}
