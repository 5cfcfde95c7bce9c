package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/odooops/odooops/localcloud"
	"github.com/odooops/odooops/localcloud/durable"
)

// record is how a machine is wired. Docker remembers the container; loop
// devices, reserved addresses and firewalls it can't, and they must come back
// when the machine starts again, also under another process.
type record struct {
	Machine  localcloud.Machine
	Volumes  []localcloud.Volume
	Reserved []netip.Addr
	Firewall *localcloud.Firewall
	// Complete is set when the container was made to the end. Without it a
	// container is what a killed process left, and is made again.
	Complete bool
}

// addresses are all addresses packets of this machine carry.
func (r *record) addresses() []netip.Addr {
	all := []netip.Addr{r.Machine.PublicIP}
	if r.Machine.PrivateIP.IsValid() {
		all = append(all, r.Machine.PrivateIP)
	}
	return append(all, r.Reserved...)
}

// record returns a copy of the machine's record, or an empty one.
func (m *Machines) record(id int) record {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.records[id]; ok {
		c := *r
		c.Volumes = slices.Clone(r.Volumes)
		return c
	}
	return record{Machine: localcloud.Machine{ID: id}}
}

// change edits the machine's record and writes it, whole or not at all.
func (m *Machines) change(id int, edit func(*record)) error {
	r := m.record(id)
	edit(&r)
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(m.machineDir(id), recordFile)
	if err := writeFile(path, body); err != nil {
		return fmt.Errorf("machine %d: keep its wiring: %w", id, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records[id] = &r
	return nil
}

func (m *Machines) forget(id int) error {
	m.mu.Lock()
	delete(m.records, id)
	m.mu.Unlock()
	return os.RemoveAll(m.machineDir(id))
}

const recordFile = "machine.json"

func loadRecords(dir string) (map[int]*record, error) {
	records := map[int]*record{}
	files, err := filepath.Glob(filepath.Join(dir, "*", recordFile))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r := new(record)
		if err := json.Unmarshal(body, r); err != nil {
			return nil, fmt.Errorf("machines: read %s: %w (remove that folder to forget the machine)", file, err)
		}
		records[r.Machine.ID] = r
	}
	return records, nil
}

// writeFile writes for root only: user data is a secret.
func writeFile(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return durable.WriteFile(path, body, 0o600)
}
