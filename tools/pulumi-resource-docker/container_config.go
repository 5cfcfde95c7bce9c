package main

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/docker/go-units"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

const megabyte = 1 << 20

// createOptions says to the daemon what the program declared.
func (a containerArgs) createOptions() (client.ContainerCreateOptions, error) {
	health, err := a.health()
	if err != nil {
		return client.ContainerCreateOptions{}, err
	}
	exposed, bindings, err := a.portMap()
	if err != nil {
		return client.ContainerCreateOptions{}, err
	}
	endpoints, err := a.endpoints()
	if err != nil {
		return client.ContainerCreateOptions{}, err
	}
	host, err := a.hostConfig()
	if err != nil {
		return client.ContainerCreateOptions{}, err
	}
	host.PortBindings = bindings
	if a.NetworkMode == "" && len(a.NetworksAdvanced) > 0 {
		host.NetworkMode = container.NetworkMode(a.NetworksAdvanced[0].Name)
	}
	return client.ContainerCreateOptions{
		Name: a.Name,
		Config: &container.Config{
			Image: a.Image, Cmd: a.Command, Entrypoint: a.Entrypoints, Env: a.Envs,
			User: a.User, WorkingDir: a.WorkingDir, Hostname: a.Hostname, Domainname: a.Domainname,
			Tty: a.TTY, OpenStdin: a.StdinOpen, Labels: labelMap(a.Labels), Healthcheck: health,
			ExposedPorts: exposed, StopSignal: a.StopSignal, StopTimeout: a.StopTimeout, Volumes: a.anonymousVolumes(),
		},
		HostConfig:       host,
		NetworkingConfig: &network.NetworkingConfig{EndpointsConfig: endpoints},
	}, nil
}

func (a containerArgs) hostConfig() (*container.HostConfig, error) {
	resources, err := a.resources()
	if err != nil {
		return nil, err
	}
	h := &container.HostConfig{
		Resources:     resources,
		RestartPolicy: a.restartPolicy(),
		LogConfig:     container.LogConfig{Type: a.LogDriver, Config: a.LogOpts},
		NetworkMode:   container.NetworkMode(a.NetworkMode),
		AutoRemove:    a.Rm, Privileged: a.Privileged, ReadonlyRootfs: a.ReadOnly, Init: a.Init,
		SecurityOpt: a.SecurityOpts, Sysctls: a.Sysctls, StorageOpt: a.StorageOpts, Tmpfs: a.Tmpfs,
		IpcMode: container.IpcMode(a.IpcMode), PidMode: container.PidMode(a.PidMode),
		UsernsMode: container.UsernsMode(a.UsernsMode), CgroupnsMode: container.CgroupnsMode(a.CgroupnsMode),
		Runtime: a.Runtime, GroupAdd: a.GroupAdds, ShmSize: a.ShmSize * megabyte,
		PublishAllPorts: a.PublishAllPorts, DNSOptions: a.DNSOpts, DNSSearch: a.DNSSearches,
	}
	for _, s := range a.DNS {
		addr, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("dns: %w", err)
		}
		h.DNS = append(h.DNS, addr)
	}
	for _, e := range a.Hosts {
		h.ExtraHosts = append(h.ExtraHosts, e.Host+":"+e.IP)
	}
	if a.Capabilities != nil {
		h.CapAdd, h.CapDrop = a.Capabilities.Adds, a.Capabilities.Drops
	}
	for _, v := range a.Volumes {
		if v.FromContainer != "" {
			h.VolumesFrom = append(h.VolumesFrom, v.FromContainer)
		}
		source := v.HostPath
		if source == "" {
			source = v.VolumeName
		}
		if source == "" {
			continue
		}
		bind := source + ":" + v.ContainerPath
		if v.ReadOnly {
			bind += ":ro"
		}
		h.Binds = append(h.Binds, bind)
	}
	h.Mounts = a.mounts()
	return h, nil
}

func (a containerArgs) resources() (container.Resources, error) {
	r := container.Resources{
		Memory: a.Memory * megabyte, MemoryReservation: a.MemoryReservation * megabyte,
		CPUShares: a.CPUShares, CpusetCpus: a.CPUSet, CPUPeriod: a.CPUPeriod, CPUQuota: a.CPUQuota,
		CgroupParent: a.CgroupParent,
	}
	r.MemorySwap = a.MemorySwap
	if a.MemorySwap > 0 { // -1 is unlimited
		r.MemorySwap *= megabyte
	}
	if a.CPUs != "" {
		cpus, err := strconv.ParseFloat(a.CPUs, 64)
		if err != nil {
			return r, fmt.Errorf("cpus: %w", err)
		}
		r.NanoCPUs = int64(cpus * 1e9)
	}
	for _, d := range a.Devices {
		in, mode := d.ContainerPath, d.Permissions
		if in == "" {
			in = d.HostPath
		}
		if mode == "" {
			mode = "rwm"
		}
		r.Devices = append(r.Devices, container.DeviceMapping{PathOnHost: d.HostPath, PathInContainer: in, CgroupPermissions: mode})
	}
	for _, u := range a.Ulimits {
		r.Ulimits = append(r.Ulimits, &units.Ulimit{Name: u.Name, Soft: u.Soft, Hard: u.Hard})
	}
	return r, nil
}

func (a containerArgs) restartPolicy() container.RestartPolicy {
	mode := a.Restart
	if mode == "" {
		mode = "no"
	}
	return container.RestartPolicy{Name: container.RestartPolicyMode(mode), MaximumRetryCount: a.MaxRetryCount}
}

func (a containerArgs) health() (*container.HealthConfig, error) {
	if a.Healthcheck == nil {
		return nil, nil
	}
	h := &container.HealthConfig{Test: a.Healthcheck.Tests, Retries: a.Healthcheck.Retries}
	for text, into := range map[*string]*time.Duration{
		&a.Healthcheck.Interval:      &h.Interval,
		&a.Healthcheck.Timeout:       &h.Timeout,
		&a.Healthcheck.StartPeriod:   &h.StartPeriod,
		&a.Healthcheck.StartInterval: &h.StartInterval,
	} {
		if *text == "" {
			continue
		}
		d, err := time.ParseDuration(*text)
		if err != nil {
			return nil, fmt.Errorf("healthcheck: %w", err)
		}
		*into = d
	}
	return h, nil
}

func (a containerArgs) portMap() (network.PortSet, network.PortMap, error) {
	exposed, bindings := network.PortSet{}, network.PortMap{}
	for _, p := range a.Ports {
		protocol := p.Protocol
		if protocol == "" {
			protocol = "tcp"
		}
		port, err := network.ParsePort(strconv.Itoa(p.Internal) + "/" + protocol)
		if err != nil {
			return nil, nil, fmt.Errorf("ports: %w", err)
		}
		ip := netip.IPv4Unspecified() // the official plugin's default
		if p.IP != "" {
			if ip, err = netip.ParseAddr(p.IP); err != nil {
				return nil, nil, fmt.Errorf("ports: %w", err)
			}
		}
		binding := network.PortBinding{HostIP: ip}
		if p.External != 0 {
			binding.HostPort = strconv.Itoa(p.External)
		}
		exposed[port] = struct{}{}
		bindings[port] = append(bindings[port], binding)
	}
	return exposed, bindings, nil
}

func (a containerArgs) endpoints() (map[string]*network.EndpointSettings, error) {
	endpoints := map[string]*network.EndpointSettings{}
	for _, n := range a.NetworksAdvanced {
		e := &network.EndpointSettings{Aliases: n.Aliases}
		if n.IPv4Address != "" || n.IPv6Address != "" {
			e.IPAMConfig = &network.EndpointIPAMConfig{}
		}
		var err error
		if n.IPv4Address != "" {
			if e.IPAMConfig.IPv4Address, err = netip.ParseAddr(n.IPv4Address); err != nil {
				return nil, fmt.Errorf("networksAdvanced %s: %w", n.Name, err)
			}
		}
		if n.IPv6Address != "" {
			if e.IPAMConfig.IPv6Address, err = netip.ParseAddr(n.IPv6Address); err != nil {
				return nil, fmt.Errorf("networksAdvanced %s: %w", n.Name, err)
			}
		}
		endpoints[n.Name] = e
	}
	return endpoints, nil
}

func (a containerArgs) anonymousVolumes() map[string]struct{} {
	volumes := map[string]struct{}{}
	for _, v := range a.Volumes {
		if v.HostPath == "" && v.VolumeName == "" && v.FromContainer == "" {
			volumes[v.ContainerPath] = struct{}{}
		}
	}
	return volumes
}

func (a containerArgs) mounts() []mount.Mount {
	var all []mount.Mount
	for _, m := range a.Mounts {
		out := mount.Mount{Type: mount.Type(m.Type), Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly}
		if m.BindOptions != nil {
			out.BindOptions = &mount.BindOptions{Propagation: mount.Propagation(m.BindOptions.Propagation)}
		}
		if m.TmpfsOptions != nil {
			out.TmpfsOptions = &mount.TmpfsOptions{SizeBytes: m.TmpfsOptions.SizeBytes, Mode: os.FileMode(m.TmpfsOptions.Mode)}
		}
		if o := m.VolumeOptions; o != nil {
			out.VolumeOptions = &mount.VolumeOptions{NoCopy: o.NoCopy, Subpath: o.Subpath, Labels: labelMap(o.Labels)}
			if o.DriverName != "" {
				out.VolumeOptions.DriverConfig = &mount.Driver{Name: o.DriverName, Options: o.DriverOptions}
			}
		}
		all = append(all, out)
	}
	return all
}
