package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// Down stops every machine in order, side by side; with purge it also removes
// what the cloud made: containers, disks, volumes' data, networks.
func (m *Machines) Down(ctx context.Context, purge bool) error {
	if m.stopWatch != nil {
		m.stopWatch()
		m.stopWatch = nil
	}
	containers, err := m.docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: m.mine()})
	if err != nil {
		return fmt.Errorf("list the machines: %w", err)
	}
	var stop errgroup.Group
	for _, c := range containers.Items {
		id, err := strconv.Atoi(c.Labels[labelDroplet])
		if err != nil {
			return fmt.Errorf("container %.12s carries no droplet id: remove it with docker rm", c.ID)
		}
		stop.Go(func() error {
			if purge {
				return m.Destroy(ctx, id)
			}
			return m.PowerOff(ctx, id, true)
		})
	}
	if err := stop.Wait(); err != nil {
		return err
	}
	if purge {
		if err := m.purge(ctx); err != nil {
			return err
		}
	}
	// No machine is left in the VPCs; the cloud makes them again.
	return errors.Join(m.removeNamespace(ctx), m.unloadFirewall(ctx))
}

func (m *Machines) purge(ctx context.Context) error {
	var errs []error
	keep := func(err error) {
		if err != nil && !errdefs.IsNotFound(err) {
			errs = append(errs, err)
		}
	}
	images, err := filepath.Glob(filepath.Join(m.volumesDir(), "*.img"))
	keep(err)
	for _, image := range images {
		keep(loopDetach(image))
	}
	volumes, err := m.docker.VolumeList(ctx, client.VolumeListOptions{Filters: m.mine()})
	keep(err)
	for _, v := range volumes.Items {
		_, err := m.docker.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{})
		keep(err)
	}
	networks, err := m.docker.NetworkList(ctx, client.NetworkListOptions{Filters: m.mine()})
	keep(err)
	for _, n := range networks.Items {
		_, err := m.docker.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		keep(err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove what the machines left: %w", err)
	}
	m.mu.Lock()
	clear(m.records)
	clear(m.vpcs)
	m.mu.Unlock()
	return errors.Join(os.RemoveAll(m.machinesDir()), os.RemoveAll(m.volumesDir()))
}
