package main

import (
	"context"
	"time"

	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/stacks/config"
)

// afterUp does what follows an update of production: the recovery kit learns
// the repository's address, the site is waited for, and a host that is down is
// named although nothing had to be changed on it. None of it fails the update.
func (a *app) afterUp(ctx context.Context, stack string, values map[string]string, r deploy.UpResult, dryRun bool) {
	if dryRun || values["kind"] != config.KindProduction {
		return
	}
	out, err := config.DecodeOdoo(r.Outputs)
	if err != nil {
		return
	}
	if r.Changed {
		a.renewKit(stack, values, out)
	}
	get, err := a.cloudGetter()
	if err != nil || get("ODOOOPS_LOCAL_MACHINES") == "none" {
		return
	}
	if r.Changed {
		a.awaitAnswer(ctx, stack, out)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	if _, err := a.shell(stack, out, 4*time.Second)(ctx, "true"); err != nil {
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
	for {
		bad := a.health(ctx, out)
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

func (a *app) renewKit(stack string, values map[string]string, out config.OdooOutputs) {
	dir := recovery.Dir(a.project.Private("recovery"))
	to, err := recovery.Recipients(dir.Operators())
	if err == nil {
		_, err = dir.Write(recovery.New(stack, values["pgbackrestCipher"], &out), to)
	}
	if err != nil {
		a.say("warning: the recovery kit is not renewed: %v\n  next: run odooops init", err)
	}
}
