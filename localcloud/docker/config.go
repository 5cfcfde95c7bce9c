package docker

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/moby/moby/client"

	"github.com/odooops/odooops/localcloud"
)

// Config says which cloud's machines these are.
type Config struct {
	// Instance names the cloud: lower-case letters, digits and dashes, at most
	// 20. Every container, network and volume carries it as a label.
	Instance string
	// Dir is where seeds, volume images and the machines' wiring are kept.
	Dir string
	// CAFile is the local cloud's certificate authority (PEM); machines trust
	// it as they trust the public ones. Empty: none.
	CAFile string
	// Log gets one line a change. Nil: none.
	Log *slog.Logger
}

// Machines implements localcloud.Machines.
type Machines struct {
	cfg    Config
	log    *slog.Logger
	docker *client.Client

	// mu guards records, network and vpcs, and is held while the firewall is loaded:
	// the ruleset is rendered from all records and replaced as a whole.
	mu      sync.Mutex
	records map[int]*record
	network localcloud.Network
	vpcs    map[string]netip.Prefix
	// busy has one lock a machine: booting takes seconds and must not make
	// another machine's calls wait.
	busy map[int]*sync.Mutex

	stopWatch func()
}

var _ localcloud.Machines = (*Machines)(nil)

var instanceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,19}$`)

// New connects to this computer's Docker and reads what an earlier process
// left in Config.Dir. It changes nothing.
func New(cfg Config) (*Machines, error) {
	if !instanceName.MatchString(cfg.Instance) {
		return nil, fmt.Errorf("machines: instance name %q: want lower-case letters, digits and dashes, at most 20", cfg.Instance)
	}
	if err := supported(); err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("machines: loop devices and firewalls need root: run as root, or use --machines none, which keeps records only")
	}
	for _, tool := range []string{"nft", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("machines: %s is not installed: run scripts/dockerd, which installs it", tool)
		}
	}
	dir, err := filepath.Abs(cfg.Dir) // Docker takes absolute paths only
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	docker, err := client.New(client.FromEnv)
	if err != nil {
		return nil, fmt.Errorf("machines: Docker client: %w", err)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Machines{cfg: cfg, log: cfg.Log, docker: docker, busy: map[int]*sync.Mutex{}, vpcs: map[string]netip.Prefix{}}
	if m.records, err = loadRecords(m.machinesDir()); err != nil {
		return nil, err
	}
	return m, nil
}

// lock serialises the calls about one machine.
func (m *Machines) lock(id int) (unlock func()) {
	m.mu.Lock()
	l := m.busy[id]
	if l == nil {
		l = new(sync.Mutex)
		m.busy[id] = l
	}
	m.mu.Unlock()
	l.Lock()
	return l.Unlock
}

func (m *Machines) machinesDir() string      { return filepath.Join(m.cfg.Dir, "machines") }
func (m *Machines) machineDir(id int) string { return filepath.Join(m.machinesDir(), fmt.Sprint(id)) }
func (m *Machines) volumesDir() string       { return filepath.Join(m.cfg.Dir, "volumes") }
