package project

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"gopkg.in/yaml.v3"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

// Zones are all zones of trust, in the order they come up.
var Zones = []config.Zone{config.Core, config.Previews}

// ZoneVar names the zone that the caller's own PULUMI_BACKEND_URL,
// PULUMI_CONFIG_PASSPHRASE and PULUMI_CONFIG_PASSPHRASE_FILE, and AWS_* as the
// key of a state bucket, are for; core when it is not set. For the other zone they mean nothing.
const ZoneVar = "ODOOOPS_ZONE"

// ParseZone reads a zone's name.
func ParseZone(name string) (config.Zone, error) {
	for _, z := range Zones {
		if string(z) == name {
			return z, nil
		}
	}
	return "", fault.Usage("zone "+name, "core or previews", "there is no such zone of trust")
}

// callers is the caller's environment as far as it is for this zone.
func callers(getenv func(string) string, zone config.Zone) func(string) string {
	named := getenv(ZoneVar)
	if named == "" {
		named = string(config.Core)
	}
	if named == string(zone) {
		return getenv
	}
	return func(string) string { return "" }
}

// ZonesFile is the committed file that says which zones keep their state
// elsewhere than in this checkout.
func (p *Project) ZonesFile() string { return filepath.Join(p.Root, "zones.yaml") }

// Backend is where a zone's stacks remember what they made.
type Backend struct {
	Backend string `yaml:"backend"` // a Pulumi backend URL: s3://…
}

// Backends are the zones that zones.yaml names; without the file there is none.
func (p *Project) Backends() (map[config.Zone]Backend, error) {
	text, err := os.ReadFile(p.ZonesFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read zones.yaml: %w", err)
	}
	var all map[config.Zone]Backend
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&all); err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.Usage("read zones.yaml", "write lines such as core: {backend: \"s3://BUCKET?…\"}", "%v", err)
	}
	for zone, b := range all {
		if _, err := ParseZone(string(zone)); err != nil {
			return nil, fault.Usage("read zones.yaml", "name core and previews only", "%q is no zone", zone)
		}
		if b.Backend == "" {
			return nil, fault.Usage("read zones.yaml", "give its backend, or remove the zone: then it is in the checkout", "zone %s has no backend", zone)
		}
	}
	return all, nil
}

// StateDir is the zone's own file backend, in the checkout.
func (p *Project) StateDir(zone config.Zone) string { return p.Private("state", string(zone)) }

// MovedFile is left in a file backend whose state was taken elsewhere.
func (p *Project) MovedFile(zone config.Zone) string {
	return filepath.Join(p.StateDir(zone), "moved-to.txt")
}

// backend is the URL of the zone's state: the caller's, else that of
// zones.yaml, else the checkout's own.
func (p *Project) backend(getenv func(string) string, zone config.Zone) (string, error) {
	own := "file://" + p.StateDir(zone)
	url := callers(getenv, zone)("PULUMI_BACKEND_URL")
	if url == "" {
		named, err := p.Backends()
		if err != nil {
			return "", err
		}
		url = own
		if b, ok := named[zone]; ok {
			url = b.Backend
		}
	}
	if url != own {
		return url, nil
	}
	if to := p.Moved(zone); to != "" {
		return "", fault.Newf("open the state of zone "+string(zone),
			"bring zones.yaml back from version control, and eval \"$(odooops local env)\" again where PULUMI_BACKEND_URL is set",
			"what is in this checkout is old: it was moved to %s", to)
	}
	_, err := p.MakePrivate("state", string(zone))
	return url, err
}

// PassphraseFile is where the zone's passphrase is when the environment brings none.
func (p *Project) PassphraseFile(zone config.Zone) string {
	if zone == config.Previews {
		return p.Private("passphrase-previews")
	}
	return p.Private("passphrase")
}

// StateKeyFile holds the key of the zone's state bucket; absent with a file backend.
func (p *Project) StateKeyFile(zone config.Zone) string {
	return p.Private("state-keys", string(zone)+".json")
}

// previewStack are the previews' stacks, which have no config file of their own.
var previewStack = regexp.MustCompile(`^preview-pr-[1-9][0-9]{0,9}$`)

// IsPreview says whether the stack is a pull request's.
func IsPreview(stack string) bool { return previewStack.MatchString(stack) }

// ZoneOf is the zone of a stack, by the kind in its config file.
func (p *Project) ZoneOf(stack string) (config.Zone, error) {
	if IsPreview(stack) {
		return config.Previews, nil
	}
	if config.IsRestore(stack) {
		return config.Core, nil
	}
	if err := p.CheckStack(stack); err != nil {
		return "", err
	}
	kind, err := p.Kind(stack)
	return config.ZoneOf(kind), err
}

// Kind is what the stack's config file says; empty when it says nothing.
func (p *Project) Kind(stack string) (string, error) {
	text, err := os.ReadFile(p.StackFile(stack))
	if err != nil {
		return "", fmt.Errorf("read the kind of %s: %w", stack, err)
	}
	var file struct {
		Config struct {
			Kind string `yaml:"odooops:kind"`
		} `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return "", fault.Usage("read "+filepath.Base(p.StackFile(stack)), "correct the file", "%v", err)
	}
	return file.Config.Kind, nil
}
