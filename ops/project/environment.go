package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
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

// EngineEnv is what the engine needs for the stacks of a zone, whatever the
// cloud: its home, backend and passphrase, each only where the caller's
// environment doesn't say otherwise for that zone.
func (p *Project) EngineEnv(getenv func(string) string, zone config.Zone) (map[string]string, error) {
	env := map[string]string{
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		"PULUMI_SKIP_UPDATE_CHECK":                    "true",
		"PATH":                                        p.path(getenv("PATH")),
		ZoneVar:                                       string(zone),
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
	var err error
	if env["PULUMI_BACKEND_URL"], err = p.backend(getenv, zone); err != nil {
		return nil, err
	}
	if strings.HasPrefix(env["PULUMI_BACKEND_URL"], "s3://") {
		if err := p.StateKeyInto(zone, env); err != nil {
			return nil, err
		}
	}
	own := callers(getenv, zone)
	if strings.HasPrefix(env["PULUMI_BACKEND_URL"], "s3://") && env["AWS_ACCESS_KEY_ID"] == "" {
		for _, k := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
			if v := own(k); v != "" {
				env[k] = v
			}
		}
	}
	switch {
	case own("PULUMI_CONFIG_PASSPHRASE") != "":
		env["PULUMI_CONFIG_PASSPHRASE"] = own("PULUMI_CONFIG_PASSPHRASE")
	case own("PULUMI_CONFIG_PASSPHRASE_FILE") != "":
		env["PULUMI_CONFIG_PASSPHRASE_FILE"] = own("PULUMI_CONFIG_PASSPHRASE_FILE")
	default:
		env["PULUMI_CONFIG_PASSPHRASE_FILE"] = p.PassphraseFile(zone)
	}
	return env, nil
}

// ZoneVars are the variables that open one zone's state and secrets: an engine
// gets those of its own zone and none that this process happens to have of the
// other.
var ZoneVars = []string{"PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"}

// StateKey opens the bucket that a zone's state is in.
type StateKey struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// StateKeyInto adds the key of the zone's bucket, where this checkout has one; a
// runner brings its own in AWS_*.
func (p *Project) StateKeyInto(zone config.Zone, env map[string]string) error {
	text, err := os.ReadFile(p.StateKeyFile(zone))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the key of zone %s's state: %w", zone, err)
	}
	var key StateKey
	if err := json.Unmarshal(text, &key); err != nil {
		return fault.Newf("read the key of zone "+string(zone)+"'s state", "remove the file and run odooops init --backend s3", "%s: %v", p.StateKeyFile(zone), err)
	}
	env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = key.ID, key.Secret
	env["AWS_SESSION_TOKEN"], env["AWS_PROFILE"] = "", ""
	return nil
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

// PassphraseGiven says whether the environment brings the zone's passphrase.
// `odooops local env` names the checkout's own file, also before it is made:
// that is none.
func (p *Project) PassphraseGiven(getenv func(string) string, zone config.Zone) bool {
	own := callers(getenv, zone)
	file := own("PULUMI_CONFIG_PASSPHRASE_FILE")
	return own("PULUMI_CONFIG_PASSPHRASE") != "" || (file != "" && file != p.PassphraseFile(zone))
}

// Passphrase is the one that encrypts the secrets of the zone's stacks.
func (p *Project) Passphrase(getenv func(string) string, zone config.Zone) (string, error) {
	own := callers(getenv, zone)
	if v := own("PULUMI_CONFIG_PASSPHRASE"); v != "" {
		return v, nil
	}
	file := own("PULUMI_CONFIG_PASSPHRASE_FILE")
	if file == "" {
		file = p.PassphraseFile(zone)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fault.New("read the passphrase of zone "+string(zone), "run odooops init, or put the team's into "+p.PassphraseFile(zone), err)
	}
	return strings.TrimSpace(string(b)), nil
}
