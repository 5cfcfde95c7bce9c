package main

import (
	"context"
	"time"

	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/stacks/config"
)

// afterUp does what follows an update: production's recovery kit learns the
// repository's address, a site is waited for, and a host that is down is named
// although nothing had to be changed on it. None of it fails the update.
func (a *app) afterUp(ctx context.Context, stack string, values map[string]string, r deploy.UpResult, dryRun bool) {
	if dryRun || !deploy.HoldsData(values["kind"]) {
		return
	}
	m, ok, err := machineOf(r.Outputs)
	if err != nil || !ok {
		return
	}
	if r.Changed && values["kind"] == config.KindProduction {
		a.renewKit(ctx, stack, values)
	}
	get, err := a.cloudGetter()
	if err != nil || get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return
	}
	if platform, err := a.platformOf(stack); r.Changed && err == nil && values["kind"] == config.KindStaging {
		ends, _ := r.Outputs["expiresAt"].(string)
		a.tell(ctx, platform, endOf(stack, config.KindStaging, ends)...)
	}
	if r.Changed && m.odoo != nil {
		a.awaitAnswer(ctx, stack, *m.odoo)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	if _, err := a.stackShell(stack, m, 4*time.Second)(ctx, "true"); err != nil {
		a.say("warning: the host of %s does not answer: %v\n  next: run odooops status", stack, err)
	}
}

// answerLimit covers a certificate's issue, which the edge begins when it starts.
const answerLimit = 90 * time.Second

// awaitAnswer returns when a user would get a page: containers are healthy
// before the edge has its certificate. A name that is not delegated to this
// zone yet never answers, so it only warns.
func (a *app) awaitAnswer(ctx context.Context, stack string, out config.OdooOutputs) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	password, err := a.edgePassword(ctx, stack, out)
	if err != nil {
		a.say("warning: %s is not waited for: %v", stack, err)
		return
	}
	for {
		bad := a.health(ctx, out, password)
		if bad == "" {
			return
		}
		select {
		case <-ctx.Done():
			a.say("warning: %s does not answer yet: %s\n  next: run odooops smoke %s", out.URL, bad, stack)
			return
		case <-time.After(time.Second):
		}
	}
}

func (a *app) renewKit(ctx context.Context, stack string, values map[string]string) {
	dir := recovery.Dir(a.project.Private("recovery"))
	to, err := recovery.Recipients(dir.Operators())
	if err == nil {
		var k recovery.Kit
		if k, err = a.kit(ctx, stack, values); err == nil {
			_, err = dir.Write(k, to)
		}
	}
	if err != nil {
		a.say("warning: the recovery kit is not renewed: %v\n  next: run odooops init", err)
	}
}
