package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/ops/repair"
	"github.com/odooops/odooops/stacks/config"
)

// cloudGetter looks up what reaches the cloud: the running local cloud's
// environment on top of this process's.
func (a *app) cloudGetter() (cloud.Getter, error) {
	env, err := local.CloudEnv(a.project, a.getenv)
	if err != nil {
		return nil, err
	}
	return cloud.Overlay(env, a.getenv), nil
}

// repairer looks at what an interrupted run of the stack left.
func (a *app) repairer(stack string) (*repair.Repairer, error) {
	get, err := a.cloudGetter()
	if err != nil {
		return nil, err
	}
	do, err := cloud.DigitalOcean(get)
	if err != nil {
		return nil, err
	}
	r := &repair.Repairer{
		Cloud:   do,
		Buckets: func(region string) *s3.Client { return cloud.Spaces(get, region) },
		Hosts:   repair.SSH{ConfigFile: filepath.Join(a.project.Root, config.SSHDir(stack), "config")},
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		r.Hosts = repair.Records{URL: get("ODOOOPS_LOCAL_RECORDS")}
	}
	return r, nil
}

// stanzaExists says whether there are backups that only the stack's present
// cipher opens.
func (a *app) stanzaExists(ctx context.Context, stack string) (bool, error) {
	out, ok, err := a.odoo(ctx, stack)
	if err != nil || !ok || out.WALBucket == "" {
		return false, err
	}
	get, err := a.cloudGetter()
	if err != nil {
		return false, err
	}
	one := int32(1)
	list, err := cloud.Spaces(get, out.Region).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &out.WALBucket, MaxKeys: &one})
	if err != nil {
		return false, errors.Join(errors.New("look for backups in bucket "+out.WALBucket), err)
	}
	return len(list.Contents) > 0, nil
}

// kit is a stack's recovery kit with what is known today: the repository's
// address only after the first up, which therefore renews the kit.
func (a *app) kit(ctx context.Context, stack string, values map[string]string) (recovery.Kit, error) {
	out, ok, err := a.odoo(ctx, stack)
	if err != nil {
		return recovery.Kit{}, err
	}
	if !ok {
		return recovery.New(stack, values["pgbackrestCipher"], nil), nil
	}
	return recovery.New(stack, values["pgbackrestCipher"], &out), nil
}
