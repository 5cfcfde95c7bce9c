package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/odooops/odooops/localcloud"
)

// graceful is how long a machine's init may take to stop its services: above
// the 120 s that Postgres gets and the 150 s that its Docker gets.
const graceful = 170 * time.Second

// Boot creates the machine, or starts it when it is there and off, and wires it.
func (m *Machines) Boot(ctx context.Context, spec localcloud.Machine) error {
	defer m.lock(spec.ID)()
	if err := m.boot(ctx, spec); err != nil {
		return fmt.Errorf("boot machine %d (%s): %w", spec.ID, spec.Name, err)
	}
	return nil
}

func (m *Machines) boot(ctx context.Context, spec localcloud.Machine) error {
	if !m.gateway().IsValid() {
		return errors.New("there is no public network yet: Up comes first")
	}
	found, err := m.find(ctx, spec.ID)
	if err != nil {
		return err
	}
	if found != nil && !m.record(spec.ID).Complete {
		if err := m.removeContainer(ctx, found.ID); err != nil {
			return err
		}
		found = nil
	}
	// The firewall knows the machine's addresses before its first packet.
	if err := m.change(spec.ID, func(r *record) { r.Machine = spec }); err != nil {
		return err
	}
	if err := m.loadFirewall(ctx); err != nil {
		return err
	}
	id := ""
	if found != nil {
		id = found.ID
	} else {
		if err := os.MkdirAll(m.wiredDir(spec.ID), 0o700); err != nil {
			return err
		}
		if id, err = m.create(ctx, spec); err != nil {
			return err
		}
		if err := m.change(spec.ID, func(r *record) { r.Complete = true }); err != nil {
			return err
		}
	}
	if found == nil || found.State != container.StateRunning {
		if err := m.close(spec.ID); err != nil {
			return err
		}
		if _, err := m.docker.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
			return fmt.Errorf("start the container: %w", err)
		}
		m.log.Info("machine started", "id", spec.ID, "name", spec.Name, "public", spec.PublicIP)
	}
	if err := m.wire(ctx, spec.ID); err != nil {
		return err
	}
	return m.open(spec.ID)
}

// wire gives a running machine its volumes, its VPC and its reserved
// addresses. Called again, it changes nothing.
func (m *Machines) wire(ctx context.Context, id int) error {
	pid, err := m.pid(ctx, id)
	if err != nil || pid == 0 {
		return err
	}
	r := m.record(id)
	for _, v := range r.Volumes {
		if err := m.showVolume(pid, v); err != nil {
			return err
		}
	}
	if err := m.joinVPC(ctx, pid, r.Machine); err != nil {
		return err
	}
	return setAddresses(ctx, pid, r.Machine.PublicIP, r.Reserved)
}

// The machine's first process waits for the file "yes": see wait.sh.
func (m *Machines) wiredDir(id int) string { return filepath.Join(m.machineDir(id), "wired") }

func (m *Machines) open(id int) error {
	return os.WriteFile(filepath.Join(m.wiredDir(id), "yes"), nil, 0o600)
}

func (m *Machines) close(id int) error {
	err := os.Remove(filepath.Join(m.wiredDir(id), "yes"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// PowerOff stops the machine; volumes come free.
func (m *Machines) PowerOff(ctx context.Context, id int, gracefully bool) error {
	defer m.lock(id)()
	return m.powerOff(ctx, id, gracefully)
}

func (m *Machines) powerOff(ctx context.Context, id int, gracefully bool) error {
	found, err := m.find(ctx, id)
	if err != nil {
		return err
	}
	if found != nil && found.State == container.StateRunning {
		stopping, stopped := context.WithCancel(ctx)
		defer stopped()
		if pid, err := m.pid(ctx, id); err == nil && pid > 0 {
			go thaw(stopping, pid)
		}
		if gracefully {
			seconds := int(graceful.Seconds())
			_, err = m.docker.ContainerStop(ctx, found.ID, client.ContainerStopOptions{Timeout: &seconds})
		} else {
			_, err = m.docker.ContainerKill(ctx, found.ID, client.ContainerKillOptions{Signal: "SIGKILL"})
			if errdefs.IsConflict(err) { // it stopped by itself meanwhile
				err = nil
			}
			if err == nil {
				err = m.waitStopped(ctx, found.ID)
			}
		}
		if err != nil {
			return fmt.Errorf("stop machine %d: %w", id, err)
		}
		m.log.Info("machine stopped", "id", id)
	}
	return m.freeVolumes(id)
}

func (m *Machines) waitStopped(ctx context.Context, containerID string) error {
	wait := m.docker.ContainerWait(ctx, containerID, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case err := <-wait.Error:
		return err
	case <-wait.Result:
		return nil
	}
}

// Destroy removes the machine and its disk; the data of its volumes stays.
func (m *Machines) Destroy(ctx context.Context, id int) error {
	defer m.lock(id)()
	if err := m.powerOff(ctx, id, false); err != nil {
		return err
	}
	found, err := m.find(ctx, id)
	if err != nil {
		return err
	}
	if found != nil {
		if err := m.removeContainer(ctx, found.ID); err != nil {
			return err
		}
	}
	_, err = m.docker.VolumeRemove(ctx, m.dockerRoot(id), client.VolumeRemoveOptions{})
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("remove the disk of machine %d: %w", id, err)
	}
	if err := m.forget(id); err != nil {
		return err
	}
	return m.loadFirewall(ctx)
}

func (m *Machines) removeContainer(ctx context.Context, containerID string) error {
	_, err := m.docker.ContainerRemove(ctx, containerID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("remove container %.12s: %w", containerID, err)
	}
	return nil
}

// Running says whether the machine's init runs.
func (m *Machines) Running(ctx context.Context, id int) (bool, error) {
	found, err := m.find(ctx, id)
	return found != nil && found.State == container.StateRunning, err
}

// pid is the machine's first process as this computer sees it; 0 when off.
func (m *Machines) pid(ctx context.Context, id int) (int, error) {
	found, err := m.find(ctx, id)
	if err != nil || found == nil {
		return 0, err
	}
	inspected, err := m.docker.ContainerInspect(ctx, found.ID, client.ContainerInspectOptions{})
	if errdefs.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("inspect machine %d: %w", id, err)
	}
	if s := inspected.Container.State; s != nil && s.Running {
		return s.Pid, nil
	}
	return 0, nil
}

func (m *Machines) gateway() netip.Addr {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.network.Gateway
}
