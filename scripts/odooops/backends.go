package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/initialize"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

// prepareBackends opens what `init --backend s3` made before: a move that was
// killed at its last step had brought the state to the bucket already, and a
// new checkout has no key of a bucket yet. A zone without a passphrase here is
// none of this checkout's.
func (a *app) prepareBackends(ctx context.Context) error {
	named, err := a.project.Backends()
	if err != nil {
		return err
	}
	for _, zone := range project.Zones {
		if _, err := a.project.Passphrase(a.getenv, zone); err != nil {
			continue
		}
		url, to := named[zone].Backend, a.project.Moved(zone)
		if url == "" && to != "" {
			a.say("the state of zone %s had been moved to %s already: zones.yaml says so now", zone, to)
			url = to
			if err := a.project.SaveBackend(zone, to); err != nil {
				return err
			}
		}
		if url == "" {
			continue
		}
		if err := a.bucketKey(ctx, zone, url); err != nil {
			return err
		}
	}
	return nil
}

// bucketKey makes this checkout a key of the zone's bucket. One that `init`
// did not make is somebody's own, and so is its key.
func (a *app) bucketKey(ctx context.Context, zone config.Zone, url string) error {
	id, region, err := a.backendFacts(zone)
	if err != nil {
		return err
	}
	name := backend.BucketName(zone, id)
	if !strings.HasPrefix(url, "s3://"+name+"?") {
		return nil
	}
	spaces, _, err := a.spaces(region)
	if err != nil {
		return err
	}
	return spaces.Key(ctx, name, a.project.StateKeyFile(zone), false)
}

// spaces makes buckets and keys in a region, and says where that is.
func (a *app) spaces(region string) (backend.Spaces, string, error) {
	get, err := a.cloudGetter()
	if err != nil {
		return backend.Spaces{}, "", err
	}
	do, err := cloud.DigitalOcean(get)
	return backend.Spaces{API: cloud.Spaces(get, region), Cloud: do}, cloud.SpacesEndpoint(get, region), err
}

// moveBackends puts the state of every zone that is open into a bucket.
func (a *app) moveBackends(ctx context.Context, made initialize.Result, dryRun bool) (map[config.Zone]string, error) {
	urls := map[config.Zone]string{}
	for _, zone := range project.Zones {
		if how := made.Passphrases[zone]; how == "" || how == "absent" {
			continue
		}
		url, err := a.moveBackend(ctx, zone, dryRun)
		if err != nil {
			return urls, err
		}
		urls[zone] = url
	}
	return urls, nil
}

// moveBackend: bucket, key, copy, mark the old one as gone, and zones.yaml last.
// Each step is done again harmlessly.
func (a *app) moveBackend(ctx context.Context, zone config.Zone, dryRun bool) (string, error) {
	named, err := a.project.Backends()
	if err != nil {
		return "", err
	}
	if there, moved := named[zone]; moved {
		return there.Backend, nil
	}
	id, region, err := a.backendFacts(zone)
	if err != nil {
		return "", err
	}
	spaces, endpoint, err := a.spaces(region)
	if err != nil {
		return "", err
	}
	if dryRun {
		return "a new bucket odooops-state-" + string(zone) + "-… at " + endpoint, nil
	}
	name := backend.BucketName(zone, id)
	return a.move(ctx, zone, spaces, name, backend.BucketURL(name, endpoint))
}

func (a *app) move(ctx context.Context, zone config.Zone, spaces backend.Spaces, name, url string) (string, error) {
	env, err := a.project.EngineEnv(a.getenv, zone)
	if err != nil {
		return "", err
	}
	if own := "file://" + a.project.StateDir(zone); env["PULUMI_BACKEND_URL"] != own {
		return "", fault.Usage("move the state of zone "+string(zone), "unset PULUMI_BACKEND_URL",
			"it is not in this checkout: the environment says %s", env["PULUMI_BACKEND_URL"])
	}
	from, err := backend.Open(env)
	if err != nil {
		return "", err
	}
	if err := spaces.Bucket(ctx, name); err != nil {
		return "", err
	}
	if err := spaces.Key(ctx, name, a.project.StateKeyFile(zone), true); err != nil {
		return "", err
	}
	env["PULUMI_BACKEND_URL"] = url
	if err := a.project.StateKeyInto(zone, env); err != nil {
		return "", err
	}
	to, err := backend.Open(env)
	if err != nil {
		return "", err
	}
	copied, err := backend.Copy(ctx, from, to)
	if err != nil {
		return "", err
	}
	a.say("state of zone %s: %d files copied to bucket %s and compared", zone, copied, name)
	if err := a.project.MarkMoved(zone, url); err != nil {
		return "", err
	}
	return url, a.project.SaveBackend(zone, url)
}

// backendFacts are the id of the zone's backend and the region for its bucket:
// that of the zone's first stack which names one.
func (a *app) backendFacts(zone config.Zone) (id, region string, err error) {
	for _, name := range a.project.Configs() {
		f, err := stackfile.Read(a.project.StackFile(name))
		if err != nil {
			return "", "", err
		}
		if config.ZoneOf(f.Plain("kind")) != zone {
			continue
		}
		if id == "" {
			id = f.Plain("backendId")
		}
		if region == "" {
			region = f.Plain("region")
		}
	}
	if region == "" {
		return id, "", fault.Usage("move the state of zone "+string(zone), "set odooops:region", "no stack of it names a region")
	}
	return id, region, nil
}

// checkBackend refuses a backend that is not the one the stack's file means.
func (a *app) checkBackend(ctx context.Context, stack string, values map[string]string) error {
	if values["backendId"] == "" {
		return nil
	}
	b, err := a.backend(config.ZoneOf(values["kind"]))
	if err != nil {
		return err
	}
	if err := b.Check(ctx, config.ZoneOf(values["kind"]), values["backendId"]); err != nil {
		return fmt.Errorf("%s: %w", stack, err)
	}
	return nil
}
