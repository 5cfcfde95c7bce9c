package project

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/odooops/odooops/stacks/config"
)

const zonesHead = `# Where each zone keeps its state; written by odooops init --backend s3. Commit it.
# The buckets' keys are not here: .odooops/state-keys, or AWS_* of a runner.
`

// SaveBackend writes into zones.yaml where a zone's state is from now on.
func (p *Project) SaveBackend(zone config.Zone, url string) error {
	all, err := p.Backends()
	if err != nil {
		return err
	}
	if all == nil {
		all = map[config.Zone]Backend{}
	}
	all[zone] = Backend{Backend: url}
	return p.saveBackends(all)
}

func (p *Project) saveBackends(all map[config.Zone]Backend) error {
	if len(all) == 0 {
		err := os.Remove(p.ZonesFile())
		if os.IsNotExist(err) {
			err = nil
		}
		return err
	}
	text, err := yaml.Marshal(all)
	if err != nil {
		return err
	}
	return p.replace(p.ZonesFile(), append([]byte(zonesHead), text...), 0o644)
}

// MarkMoved refuses the zone's state in this checkout from now on.
func (p *Project) MarkMoved(zone config.Zone, to string) error {
	return p.replace(p.MovedFile(zone), []byte(to+"\n"), 0o600)
}

// Moved is where the zone's state in this checkout went; empty when it didn't.
func (p *Project) Moved(zone config.Zone) string {
	text, err := os.ReadFile(p.MovedFile(zone))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func (p *Project) replace(path string, text []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(path+".partial", text, mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(path+".partial", path)
}

// ForgetLocalBackends takes out of zones.yaml what a local cloud held that is
// gone now.
func (p *Project) ForgetLocalBackends() error {
	all, err := p.Backends()
	if err != nil {
		return err
	}
	before := len(all)
	for zone, b := range all {
		u, err := url.Parse(b.Backend)
		if err != nil {
			continue
		}
		at, err := url.Parse(u.Query().Get("endpoint"))
		if ip := net.ParseIP(at.Hostname()); err == nil && ip != nil && ip.IsLoopback() {
			delete(all, zone)
		}
	}
	if len(all) == before {
		return nil
	}
	return p.saveBackends(all)
}
