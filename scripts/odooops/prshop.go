package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/local"
	"github.com/odooops/odooops/ops/pr"
	"github.com/odooops/odooops/ops/previewhost"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/repair"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

// shop gathers what all previews have in common. It works, with less in it,
// while the host is not there: what has no host can still be listed and ended.
func (a *app) shop(ctx context.Context) (*pr.Shop, error) {
	pattern, err := a.pattern(ctx)
	if err != nil {
		return nil, err
	}
	env, err := local.Env(a.project, a.getenv, config.Previews)
	if err != nil {
		return nil, err
	}
	b, err := backend.Open(env)
	if err != nil {
		return nil, err
	}
	if err := b.Check(ctx, config.Previews, pattern["backendId"]); err != nil {
		return nil, err
	}
	get := cloud.Overlay(env, a.getenv)
	s := &pr.Shop{
		Project: a.project, Env: env, Backend: b, Pattern: pattern, HostStack: pattern["host"],
		Roots: a.roots(), Progress: a.progress(), Say: a.sayLine, Now: time.Now,
		Recorded: get("ODOOOPS_LOCAL_MACHINES") == "none",
	}
	if err := a.addHost(ctx, s, get); err != nil {
		return nil, err
	}
	return s, a.addRepair(s, get)
}

// pattern is what all previews are made of. What is of one preview only is
// added by `pr up`.
func (a *app) pattern(ctx context.Context) (map[string]string, error) {
	f, err := stackfile.Read(a.project.StackFile(project.PreviewTemplate))
	if err != nil {
		return nil, fault.New("read what previews are made of", "bring Pulumi.preview.yaml back from version control", err)
	}
	pass := ""
	if f.Encrypted() {
		if pass, err = a.project.Passphrase(a.getenv, config.Previews); err != nil {
			return nil, err
		}
	}
	values, err := f.Values(ctx, pass)
	if err != nil {
		return nil, err
	}
	if values["host"] == "" {
		values["host"] = config.KindPreviewHost
	}
	if err := config.Validate(values); err != nil {
		return nil, fault.Usage("config of the previews", "correct Pulumi.preview.yaml, or run odooops init when a secret is missing", "%v", err)
	}
	return values, nil
}

// addHost says how to get to the shared host.
func (a *app) addHost(ctx context.Context, s *pr.Shop, get cloud.Getter) error {
	values, err := a.values(ctx, s.HostStack)
	if err != nil {
		return err
	}
	s.OperatorKey, s.RegistryToken = values["sshOperatorKey"], values["registryToken"]
	st, exists, err := a.state(ctx, s.HostStack)
	if err != nil || !exists || st.Outputs()["kind"] == nil {
		return err
	}
	if s.Host, err = config.DecodePreviewHost(st.Outputs()); err != nil {
		return err
	}
	s.Login = s.Host.Access(s.OperatorKey)
	s.On = &previewhost.SSH{Access: s.Login}
	if s.Recorded {
		s.On = previewhost.Records{URL: get("ODOOOPS_LOCAL_RECORDS"), Name: s.Host.PrivateIP, Volume: s.Host.VolumeID}
	}
	return nil
}

// addRepair says who looks at what an interrupted run left.
func (a *app) addRepair(s *pr.Shop, get cloud.Getter) error {
	do, err := cloud.DigitalOcean(get)
	if err != nil {
		return err
	}
	r := &repair.Repairer{Cloud: do, Buckets: func(region string) *s3.Client { return cloud.Spaces(get, region) }}
	r.Hosts = repair.Records{URL: get("ODOOOPS_LOCAL_RECORDS")}
	if !s.Recorded {
		dir, err := a.project.MakePrivate("previews")
		if err != nil {
			return err
		}
		// One way in for all of them, beside their own folders.
		file := filepath.Join(dir, ".ssh", s.HostStack)
		if s.Host.HostID != "" {
			if err := sshaccess.WriteClientFiles(file, s.Login); err != nil {
				return err
			}
		}
		r.Hosts = repair.SSH{ConfigFile: filepath.Join(file, "config")}
	}
	s.Repair = r
	return nil
}

// backendID is the mark that a zone's stack files mean.
func (a *app) backendID(zone config.Zone) (string, error) {
	for _, name := range a.project.Configs() {
		f, err := stackfile.Read(a.project.StackFile(name))
		if err != nil {
			return "", err
		}
		if id := f.Plain("backendId"); id != "" && config.ZoneOf(f.Plain("kind")) == zone {
			return id, nil
		}
	}
	return "", fault.Usage("use the backend of zone "+string(zone), "run odooops init", "no stack file of it has a backendId")
}
