package docker

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/odooops/odooops/localcloud"
)

// vendorData is what DigitalOcean's own images say to cloud-init: root may
// log in with the account's keys. User data overrides it.
const vendorData = "#cloud-config\ndisable_root: false\n"

// writeSeed writes what cloud-init's NoCloud source reads, and the machine's
// resolver: the cloud's DNS on the gateway.
func (m *Machines) writeSeed(spec localcloud.Machine) error {
	meta, err := yaml.Marshal(map[string]any{
		"instance-id":    strconv.Itoa(spec.ID),
		"local-hostname": spec.Name,
		"public-keys":    spec.SSHKeys,
	})
	if err != nil {
		return err
	}
	user := spec.UserData
	if user == "" {
		user = "#cloud-config\n{}\n"
	}
	files := map[string]string{
		"seed/meta-data":      string(meta),
		"seed/user-data":      user,
		"seed/vendor-data":    vendorData,
		"seed/network-config": "version: 1\nconfig: disabled\n",
		"resolv.conf":         fmt.Sprintf("nameserver %s\n", m.gateway()),
	}
	for name, body := range files {
		if err := writeFile(filepath.Join(m.machineDir(spec.ID), name), []byte(body)); err != nil {
			return fmt.Errorf("machine %d: write its %s: %w", spec.ID, name, err)
		}
	}
	// The resolver's file is read by every user of the machine.
	return os.Chmod(filepath.Join(m.machineDir(spec.ID), "resolv.conf"), 0o644)
}
