package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/iam"
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
		IAM: func(ctx context.Context, profile, region string) (*iam.Client, error) {
			return cloud.IAM(ctx, get, profile, region)
		},
		Hosts: repair.SSH{ConfigFile: filepath.Join(a.project.Root, config.SSHDir(stack), "config")},
	}
	if get("ODOOOPS_LOCAL_MACHINES") == "none" {
		r.Hosts = repair.Records{URL: get("ODOOOPS_LOCAL_RECORDS")}
	}
	return r, nil
}

// stanzaExists says whether there are backups that only the stack's present
// cipher opens. One repository that has some is enough; one that can't be
// asked may have them.
func (a *app) stanzaExists(ctx context.Context, stack string) (bool, error) {
	out, ok, err := a.opened(ctx, stack)
	if err != nil || !ok {
		return false, err
	}
	get, err := a.cloudGetter()
	if err != nil {
		return false, err
	}
	for i, r := range out.Repositories {
		if i >= len(out.ReadKeys) {
			return false, fmt.Errorf("look for backups in bucket %s: there is no key to it", r.Bucket)
		}
		one := int32(1)
		list, err := cloud.Repository(get, r, out.ReadKeys[i]).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &r.Bucket, MaxKeys: &one})
		if err != nil {
			return false, fmt.Errorf("look for backups in bucket %s: %w", r.Bucket, err)
		}
		if len(list.Contents) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// kit is a stack's recovery kit with what is known today: the repositories'
// addresses and keys only after the first up, which therefore renews the kit.
func (a *app) kit(ctx context.Context, stack string, values map[string]string) (recovery.Kit, error) {
	out, ok, err := a.opened(ctx, stack)
	if err != nil {
		return recovery.Kit{}, err
	}
	if !ok {
		return recovery.New(stack, values["pgbackrestCipher"], nil), nil
	}
	return recovery.New(stack, values["pgbackrestCipher"], &out), nil
}
