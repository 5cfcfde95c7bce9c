package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/repair"
	"github.com/odooops/odooops/ops/restore/quarantine"
	"github.com/odooops/odooops/stacks/config"
)

// quarantines makes and destroys the machines of restores.
func (a *app) quarantines(ctx context.Context) (*quarantine.Shop, error) {
	env, err := local.Env(a.project, a.getenv, config.Core)
	if err != nil {
		return nil, err
	}
	b, err := backend.Open(env)
	if err != nil {
		return nil, err
	}
	id, err := a.backendID(config.Core)
	if err != nil {
		return nil, err
	}
	if err := b.Check(ctx, config.Core, id); err != nil {
		return nil, err
	}
	get := cloud.Overlay(env, a.getenv)
	do, err := cloud.DigitalOcean(get)
	if err != nil {
		return nil, err
	}
	recorded := get("ODOOOPS_LOCAL_MACHINES") == "none"
	r := &repair.Repairer{Cloud: do, Buckets: func(region string) *s3.Client { return cloud.Spaces(get, region) }}
	// Nothing that runs on them is declared.
	r.Hosts = repair.SSH{ConfigFile: filepath.Join(a.project.Private("restores"), "config")}
	if recorded {
		r.Hosts = repair.Records{URL: get("ODOOOPS_LOCAL_RECORDS")}
	}
	return &quarantine.Shop{
		Project: a.project, Env: env, Backend: b, BackendID: id, Repair: r,
		Progress: a.progress(), Recorded: recorded, Say: a.sayLine, Now: time.Now,
	}, nil
}
