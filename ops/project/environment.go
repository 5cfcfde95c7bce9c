package project

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// CloudKind says where the resources go.
type CloudKind string

const (
	// Local is the local cloud of this checkout, or one that the environment names.
	Local CloudKind = "local"
	// DigitalOcean is the real thing.
	DigitalOcean CloudKind = "digitalocean"
)

// Cloud decides which cloud an operation works on: the one the environment
// names; else, without a token, the local one. The real cloud is never a default.
func Cloud(getenv func(string) string) CloudKind {
	if getenv("DIGITALOCEAN_API_URL") == "" && token(getenv) != "" {
		return DigitalOcean
	}
	return Local
}

func token(getenv func(string) string) string {
	if t := getenv("DIGITALOCEAN_TOKEN"); t != "" {
		return t
	}
	return getenv("DIGITALOCEAN_ACCESS_TOKEN")
}

// EngineEnv is what the engine needs whatever the cloud: its home, backend and
// passphrase, each only where the caller's environment doesn't say otherwise.
func (p *Project) EngineEnv(getenv func(string) string) (map[string]string, error) {
	env := map[string]string{
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		"PULUMI_SKIP_UPDATE_CHECK":                    "true",
		"PATH":                                        p.path(getenv("PATH")),
	}
	if v := getenv("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"); v != "" {
		env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = v
	}
	if v := getenv("PULUMI_HOME"); v != "" {
		env["PULUMI_HOME"] = v
	} else {
		dir, err := p.MakePrivate("pulumi")
		if err != nil {
			return nil, err
		}
		env["PULUMI_HOME"] = dir
	}
	if v := getenv("PULUMI_BACKEND_URL"); v != "" {
		env["PULUMI_BACKEND_URL"] = v
	} else {
		dir, err := p.MakePrivate("state", "core")
		if err != nil {
			return nil, err
		}
		env["PULUMI_BACKEND_URL"] = "file://" + dir
	}
	switch {
	case getenv("PULUMI_CONFIG_PASSPHRASE") != "":
		env["PULUMI_CONFIG_PASSPHRASE"] = getenv("PULUMI_CONFIG_PASSPHRASE")
	case getenv("PULUMI_CONFIG_PASSPHRASE_FILE") != "":
		env["PULUMI_CONFIG_PASSPHRASE_FILE"] = getenv("PULUMI_CONFIG_PASSPHRASE_FILE")
	default:
		env["PULUMI_CONFIG_PASSPHRASE_FILE"] = p.Private("passphrase")
	}
	return env, nil
}

// path puts bin/ before everything else, once.
func (p *Project) path(old string) string {
	bin := filepath.Join(p.Root, "bin")
	parts := []string{bin}
	for _, d := range filepath.SplitList(old) {
		if d != bin {
			parts = append(parts, d)
		}
	}
	return strings.Join(parts, string(os.PathListSeparator))
}

// Passphrase is the one that encrypts the stacks' secrets.
func (p *Project) Passphrase(getenv func(string) string) (string, error) {
	if v := getenv("PULUMI_CONFIG_PASSPHRASE"); v != "" {
		return v, nil
	}
	file := getenv("PULUMI_CONFIG_PASSPHRASE_FILE")
	if file == "" {
		file = p.Private("passphrase")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fault.New("read the passphrase", "run odooops init", err)
	}
	return strings.TrimSpace(string(b)), nil
}
