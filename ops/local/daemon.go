package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
)

// Daemon is a running local cloud, as it wrote itself down.
type Daemon struct {
	PID      int               `json:"pid"`
	Machines string            `json:"machines"` // docker or none
	Place    Place             `json:"place"`
	Started  time.Time         `json:"started"`
	Env      map[string]string `json:"env"` // what providers need
}

// Write is called by the daemon once it serves.
func Write(p *project.Project, d Daemon) error {
	if _, err := p.MakePrivate("localcloud"); err != nil {
		return err
	}
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	tmp := recordPath(p) + ".partial"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the local cloud's record: %w", err)
	}
	return os.Rename(tmp, recordPath(p))
}

// Find returns the running daemon, or nil. A process number that the system
// gave to something else since is not a daemon.
func Find(p *project.Project) (*Daemon, error) {
	b, err := os.ReadFile(recordPath(p))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the local cloud's record: %w", err)
	}
	var d Daemon
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("read the local cloud's record %s: %w", recordPath(p), err)
	}
	if !isDaemon(p, d.PID) {
		return nil, nil
	}
	return &d, nil
}

// Last is what the last daemon wrote down, also when it is gone; nil when
// there was none.
func Last(p *project.Project) *Daemon {
	b, err := os.ReadFile(recordPath(p))
	var d Daemon
	if err != nil || json.Unmarshal(b, &d) != nil {
		return nil
	}
	return &d
}

func recordPath(p *project.Project) string { return p.Private("localcloud", "daemon.json") }

// LogPath is where the daemon's output goes.
func LogPath(p *project.Project) string { return p.Private("localcloud", "daemon.log") }

// isDaemon says whether the process serves the local cloud of this checkout.
func isDaemon(p *project.Project, pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return false
	}
	args := strings.ReplaceAll(string(b), "\x00", " ")
	if !strings.Contains(args, " local serve ") {
		return false
	}
	dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && (dir == p.Root || strings.Contains(args, p.Root))
}

// StartOptions say how to start.
type StartOptions struct {
	Project    *project.Project
	Executable string // this program
	Machines   string // docker or none
	Place      Place
	Say        func(string)
}

// startLimit bounds the wait for the daemon's first answer.
const startLimit = 90 * time.Second

// Start returns when the cloud answers; at once when it already runs.
func Start(ctx context.Context, o StartOptions) (*Daemon, error) {
	const what = "start the local cloud"
	if o.Machines != "docker" && o.Machines != "none" {
		return nil, fault.Usage(what, "--machines docker, or --machines none", "no such machines: %q", o.Machines)
	}
	if err := o.Place.check(); err != nil {
		return nil, fault.Usage(what, "odooops local start --help has the defaults", "%v", err)
	}
	d, err := Find(o.Project)
	if err != nil {
		return nil, err
	}
	if d != nil {
		if d.Machines != o.Machines {
			return nil, fault.Newf(what, "run odooops local stop first", "it runs already (pid %d), with machines %s", d.PID, d.Machines)
		}
		return d, nil
	}
	if err := sameCloud(Last(o.Project), o); err != nil {
		return nil, err
	}
	if err := portsFree(o.Place); err != nil {
		return nil, err
	}
	if o.Machines == "docker" {
		if err := prepareMachines(ctx, o); err != nil {
			return nil, err
		}
	}
	return spawn(ctx, o)
}

// sameCloud refuses to go on with records whose machines are of another kind
// or under another name: those would be found by no later stop, and what the
// stacks' state says runs would run nowhere.
func sameCloud(last *Daemon, o StartOptions) error {
	if last == nil || last.Machines == o.Machines && last.Place.Instance == o.Place.Instance && last.Place.Subnet == o.Place.Subnet {
		return nil
	}
	return fault.Newf("start the local cloud", "repeat these, or give that cloud up with all its data by odooops local stop --purge",
		"the one of this checkout has --machines %s --instance %s --subnet %s", last.Machines, last.Place.Instance, last.Place.Subnet)
}

func portsFree(place Place) error {
	for name, addr := range place.Addresses() {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return fault.Newf("start the local cloud", "find the holder with ss -ltnp and end it, or take other ports with --ports",
				"%s, where its %s listens, is taken: %v", addr, name, err)
		}
		_ = l.Close()
	}
	return nil
}

// spawn starts `odooops local serve` in a session of its own and waits for it.
func spawn(ctx context.Context, o StartOptions) (*Daemon, error) {
	if _, err := o.Project.MakePrivate("localcloud"); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(LogPath(o.Project), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the local cloud's log: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(o.Executable, "local", "serve", "--machines", o.Machines, "--cwd", o.Project.Root,
		"--instance", o.Place.Instance, "--subnet", o.Place.Subnet, "--ports", strconv.Itoa(o.Place.Ports))
	cmd.Dir = o.Project.Root
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the local cloud: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(startLimit)
	for {
		select {
		case <-ctx.Done():
			_ = cmd.Process.Signal(syscall.SIGTERM)
			return nil, ctx.Err()
		case err := <-ended:
			return nil, fault.Newf("start the local cloud", "see "+LogPath(o.Project), "it ended (%v): %s", err, lastLine(LogPath(o.Project)))
		case <-limit:
			_ = cmd.Process.Signal(syscall.SIGTERM)
			return nil, fault.Newf("start the local cloud", "see "+LogPath(o.Project), "no answer within %s", startLimit)
		case <-tick.C:
			if d, err := Find(o.Project); err == nil && d != nil && Answers(ctx, *d) == nil {
				return d, nil
			}
		}
	}
}

// Answers asks the cloud's API for its account.
func Answers(ctx context.Context, d Daemon) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(d.Env["DIGITALOCEAN_API_URL"], "/")+"/v2/account", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+d.Env["DIGITALOCEAN_TOKEN"])
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the local cloud's API answers %s", res.Status)
	}
	return nil
}

// stopLimit covers a clean stop of machines with databases in them.
const stopLimit = 4 * time.Minute

// Stop ends the daemon and, by its own hand, its machines; data stays.
func Stop(ctx context.Context, p *project.Project) (stopped bool, err error) {
	d, err := Find(p)
	if err != nil || d == nil {
		return false, err
	}
	if err := syscall.Kill(d.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return false, fmt.Errorf("stop the local cloud (pid %d): %w", d.PID, err)
	}
	limit := time.Now().Add(stopLimit)
	for isDaemon(p, d.PID) {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if time.Now().After(limit) {
			return false, fault.Newf("stop the local cloud", "see "+LogPath(p), "pid %d still runs after %s", d.PID, stopLimit)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return true, nil
}

func lastLine(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return lines[len(lines)-1]
}
