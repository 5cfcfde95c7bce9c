package docker

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/volume"
	"github.com/moby/moby/client"

	"github.com/odooops/odooops/localcloud"
)

// waitScript holds the machine back until it is wired; the image's own first
// process follows.
//
//go:embed wait.sh
var waitScript string

// find returns the machine's container, or nil.
func (m *Machines) find(ctx context.Context, id int) (*container.Summary, error) {
	list, err := m.docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: m.mine(dropletLabel(id))})
	if err != nil {
		return nil, fmt.Errorf("machine %d: look for its container: %w", id, err)
	}
	if len(list.Items) == 0 {
		return nil, nil
	}
	return &list.Items[0], nil
}

// create makes the container, complete and off.
func (m *Machines) create(ctx context.Context, spec localcloud.Machine) (string, error) {
	image := machineImage(spec.Image)
	if _, err := m.docker.ImageInspect(ctx, image); err != nil {
		if errdefs.IsNotFound(err) {
			return "", fmt.Errorf("droplet image %s: no machine image %s on this computer: run scripts/images/build machine", spec.Image, image)
		}
		return "", fmt.Errorf("look for machine image %s: %w", image, err)
	}
	if err := m.writeSeed(spec); err != nil {
		return "", err
	}
	disk, err := m.makeDisk(ctx, spec.ID)
	if err != nil {
		return "", err
	}
	host := m.hostConfig(spec, disk.Name)
	host.Mounts = append(host.Mounts, m.seedImages(ctx, disk)...)
	made, err := m.docker.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name: m.containerName(spec.ID, spec.Name),
		Config: &container.Config{
			Image:      image,
			Hostname:   spec.Name,
			Entrypoint: []string{"/bin/sh", "-c", waitScript},
			Env:        []string{"container=docker"},
			StopSignal: "SIGRTMIN+3", // systemd's "halt, in order"
			Labels:     m.labels(labelDroplet, strconv.Itoa(spec.ID)),
		},
		HostConfig: host,
		NetworkingConfig: &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
			m.publicNetwork(): {IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: spec.PublicIP}},
		}},
	})
	if err != nil {
		return "", fmt.Errorf("create the container: %w", err)
	}
	if err := m.trust(ctx, made.ID); err != nil {
		return "", err
	}
	return made.ID, nil
}

// makeDisk makes the volume for the machine's own Docker, empty: what a
// machine that was made halfway left there is not used.
func (m *Machines) makeDisk(ctx context.Context, id int) (volume.Volume, error) {
	name := m.dockerRoot(id)
	_, err := m.docker.VolumeRemove(ctx, name, client.VolumeRemoveOptions{})
	if err != nil && !errdefs.IsNotFound(err) {
		return volume.Volume{}, fmt.Errorf("remove the old disk %s: %w", name, err)
	}
	made, err := m.docker.VolumeCreate(ctx, client.VolumeCreateOptions{Name: name, Labels: m.labels(labelDroplet, strconv.Itoa(id))})
	if err != nil {
		return volume.Volume{}, fmt.Errorf("make the disk %s: %w", name, err)
	}
	return made.Volume, nil
}

// hostConfig gives the container what an init and a nested dockerd need.
// Not --privileged: it asks for CAP_SYS_RESOURCE, which a computer that is
// itself confined (a CI runner, a small virtual machine) can't give.
func (m *Machines) hostConfig(spec localcloud.Machine, root string) *container.HostConfig {
	bind := func(source, target string) mount.Mount {
		return mount.Mount{Type: mount.TypeBind, ReadOnly: true, Source: source, Target: target}
	}
	dir := m.machineDir(spec.ID)
	memory := int64(spec.MemoryMB) << 20
	return &container.HostConfig{
		CgroupnsMode:  container.CgroupnsModePrivate,
		CapAdd:        []string{"ALL"},
		CapDrop:       []string{"SYS_RESOURCE"},
		SecurityOpt:   []string{"seccomp=unconfined", "apparmor=unconfined"},
		MaskedPaths:   []string{},
		ReadonlyPaths: []string{},
		NetworkMode:   container.NetworkMode(m.publicNetwork()),
		Sysctls:       noIPv6(),
		Tmpfs:         map[string]string{"/run": "exec", "/run/lock": "", "/tmp": "exec"},
		Resources: container.Resources{
			DeviceCgroupRules: []string{"a *:* rwm"},
			Devices:           fuse(),
			NanoCPUs:          int64(min(spec.VCPUs, runtime.NumCPU())) * 1e9,
			Memory:            memory,
			MemorySwap:        memory, // a droplet has no swap
		},
		Mounts: []mount.Mount{
			{Type: mount.TypeVolume, Source: root, Target: "/var/lib/docker"},
			bind(filepath.Join(dir, "seed"), "/var/lib/cloud/seed/nocloud"),
			bind(filepath.Join(dir, "wired"), "/run/odooops-wired"),
			bind(filepath.Join(dir, "resolv.conf"), "/etc/resolv.conf"),
		},
	}
}

// noIPv6 turns IPv6 off on every interface, those made later included: the
// cloud gives no such addresses and its firewall knows none, but from Docker 26
// on an interface would have its link-local one, and ports be open there.
func noIPv6() map[string]string {
	if _, err := os.Stat("/proc/sys/net/ipv6"); err != nil {
		return nil // this computer's kernel has none
	}
	return map[string]string{"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1"}
}

// fuse hands on /dev/fuse where this computer has it: a droplet has it.
func fuse() []container.DeviceMapping {
	const path = "/dev/fuse"
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	return []container.DeviceMapping{{PathOnHost: path, PathInContainer: path, CgroupPermissions: "rwm"}}
}
