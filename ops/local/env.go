package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/stacks/config"
)

// CloudEnv is what the providers need to reach the cloud that the caller's
// environment means: nothing of ours for the real one, or for a local one that
// the environment names; else the running daemon's.
func CloudEnv(p *project.Project, getenv func(string) string) (map[string]string, error) {
	if project.Cloud(getenv) == project.DigitalOcean || getenv("DIGITALOCEAN_API_URL") != "" {
		return map[string]string{}, nil
	}
	d, err := Find(p)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, fault.Newf("reach the local cloud", "run odooops local start (or export DIGITALOCEAN_TOKEN for the real cloud)", "it doesn't run")
	}
	return d.Env, nil
}

// Env is the environment of engine and providers together, for a zone's stacks.
func Env(p *project.Project, getenv func(string) string, zone config.Zone) (map[string]string, error) {
	env, err := p.EngineEnv(getenv, zone)
	if err != nil {
		return nil, err
	}
	cloud, err := CloudEnv(p, getenv)
	if err != nil {
		return nil, err
	}
	for k, v := range cloud {
		if zone != config.Core && slices.Contains(offsite, k) {
			continue
		}
		env[k] = v
	}
	return env, nil
}

// offsite is what administers the local cloud's AWS, where the second
// repository of backups is: only the core zone's stacks have anything there.
var offsite = []string{"AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS"}

// Exports prints an environment for a shell's eval. What would open the other
// zone is unset: it may be left from an eval before.
func Exports(env map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(&b, "export %s='%s'\n", k, strings.ReplaceAll(env[k], "'", `'\''`))
	}
	foreign := project.ZoneVars
	if env[project.ZoneVar] == string(config.Previews) {
		foreign = slices.Concat(foreign, offsite)
	}
	for _, k := range foreign {
		if _, set := env[k]; !set {
			fmt.Fprintf(&b, "unset %s\n", k)
		}
	}
	return b.String()
}
