package hostdocker

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Container is what services and jobs have in common.
type Container struct {
	// Role is the name without the stack, such as odoo.
	Role string
	// Image is an image's id, from Docker.Image.
	Image pulumi.StringInput
	// Command replaces the image's.
	Command []string
	// MemoryMB limits the memory. There is no swap.
	MemoryMB int
	// ShmMB is the size of /dev/shm; 0 is Docker's 64.
	ShmMB int
	// CPUShares is the container's weight when the processors are busy; 0 is
	// Docker's 1024. CPUs is the most it gets, in processors; 0 is all. It may
	// be more than the host has.
	CPUShares int
	CPUs      float64
	// Capabilities are all the container has, without CAP_, such as CHOWN.
	Capabilities []string
	// Env is for what may be seen by everybody who can look at the host.
	Env      map[string]string
	Files    []File
	Mounts   []Mount
	Networks []Attachment
	// HostNetwork puts it on the host's own network instead: only for what has
	// to reach networks that it can't be on.
	HostNetwork bool
	// NoNetwork keeps it off every network: for a job that calls nobody, and
	// so has none to wait for.
	NoNetwork bool
	// Labels besides the marks, for the host's services (RoutesLabel). No
	// secrets: everybody who can look at the host sees them.
	Labels map[string]string
	// Tmpfs maps a path to its mount options.
	Tmpfs map[string]string
	// Results of jobs that must have succeeded first.
	Results []pulumi.StringOutput
	// After are resources that must be there first.
	After []pulumi.Resource
}

// File is uploaded into the container before it starts, owned by root.
type File struct {
	Path string
	// Mode is octal, such as 0600.
	Mode string
	// Content of a secret file must be a secret output.
	Content pulumi.StringInput
}

// Mount is a directory of the host (Host) or of Docker's (Volume).
type Mount struct {
	Host     string
	Volume   *docker.Volume
	Path     string
	ReadOnly bool
}

// Attachment is a network the container is on, and the names it has there
// besides its own.
type Attachment struct {
	Network *docker.Network
	Aliases []string
}

// RoutesLabel tells the edge of a shared host what leads to the container.
const RoutesLabel = "odooops.routes"

// logOptions bound the logs: 50 MB a container, on the droplet's own disk, and
// write with each line whose it is, for the agent that reads the files. They
// are on the container and not in daemon.json, where a refresh would take them
// for drift.
var logOptions = map[string]string{
	"max-size": "10m", "max-file": "5",
	"labels": "odooops.stack,odooops.kind,odooops.role,odooops.pr",
}

// cpuPeriod is Docker's default, in microseconds.
const cpuPeriod = 100_000

func (d *Docker) args(c Container) (*docker.ContainerArgs, error) {
	if len(c.Role) < 2 || c.MemoryMB <= 0 {
		return nil, fmt.Errorf("container %q: needs a role of two letters or more, and a memory limit", c.Role)
	}
	args := &docker.ContainerArgs{
		Name:       pulumi.String(d.Name(c.Role)),
		Image:      c.Image,
		Memory:     pulumi.Int(c.MemoryMB),
		MemorySwap: pulumi.Int(c.MemoryMB),
		LogDriver:  pulumi.String("json-file"),
		LogOpts:    pulumi.ToStringMap(logOptions),
		Capabilities: docker.ContainerCapabilitiesArgs{
			Adds:  pulumi.ToStringArray(capabilities(c.Capabilities)),
			Drops: pulumi.StringArray{pulumi.String("ALL")},
		},
	}
	if c.CPUShares > 0 {
		args.CpuShares = pulumi.Int(c.CPUShares)
	}
	if c.CPUs > 0 {
		// A quota, not `cpus`: that one is refused on a host that has fewer.
		args.CpuPeriod, args.CpuQuota = pulumi.Int(cpuPeriod), pulumi.Int(int(c.CPUs*cpuPeriod))
	}
	if len(c.Command) > 0 {
		args.Command = pulumi.ToStringArray(c.Command)
	}
	if c.ShmMB > 0 {
		args.ShmSize = pulumi.Int(c.ShmMB)
	}
	if len(c.Tmpfs) > 0 {
		args.Tmpfs = pulumi.ToStringMap(c.Tmpfs)
	}
	if len(c.Env) > 0 {
		var env []string
		for _, k := range slices.Sorted(maps.Keys(c.Env)) {
			env = append(env, k+"="+c.Env[k])
		}
		args.Envs = pulumi.ToStringArray(env)
	}

	var uploads docker.ContainerUploadArray
	for _, f := range c.Files {
		uploads = append(uploads, docker.ContainerUploadArgs{
			File: pulumi.String(f.Path), Permissions: pulumi.String(f.Mode), Content: f.Content.ToStringOutput(),
		})
	}
	if uploads != nil {
		args.Uploads = uploads
	}

	var volumes docker.ContainerVolumeArray
	for _, m := range c.Mounts {
		v := docker.ContainerVolumeArgs{ContainerPath: pulumi.String(m.Path)}
		if m.ReadOnly {
			v.ReadOnly = pulumi.Bool(true)
		}
		switch {
		case (m.Volume == nil) == (m.Host == ""):
			return nil, errors.New("container " + c.Role + ": a mount is either a host directory or a volume: " + m.Path)
		case m.Volume != nil:
			v.VolumeName = m.Volume.Name
		default:
			v.HostPath = pulumi.String(m.Host)
		}
		volumes = append(volumes, v)
	}
	if volumes != nil {
		args.Volumes = volumes
	}

	var networks docker.ContainerNetworksAdvancedArray
	for _, n := range c.Networks {
		networks = append(networks, docker.ContainerNetworksAdvancedArgs{
			Name: n.Network.Name, Aliases: pulumi.ToStringArray(n.Aliases),
		})
	}
	switch {
	case (networks == nil) != (c.HostNetwork || c.NoNetwork) || c.HostNetwork && c.NoNetwork:
		return nil, fmt.Errorf("container %s: on no network, or on the host's and others", c.Role)
	case c.HostNetwork:
		args.NetworkMode = pulumi.String("host")
	case c.NoNetwork:
		args.NetworkMode = pulumi.String("none")
	default:
		args.Hostname, args.NetworksAdvanced = pulumi.String(c.Role), networks
	}

	var labels docker.ContainerLabelArray
	for _, l := range d.labels(c.Role) {
		labels = append(labels, label(l.name, pulumi.String(l.value)))
	}
	more := d.unforged(c.Labels)
	for _, name := range slices.Sorted(maps.Keys(more)) {
		labels = append(labels, label(name, pulumi.String(more[name])))
	}
	// A dependency alone would neither stop nor restart the container when a
	// job fails or runs again; its result in a label does both.
	for i, result := range c.Results {
		labels = append(labels, label(fmt.Sprintf("odooops.result-%d", i), result))
	}
	args.Labels = labels
	return args, nil
}

// unforged are a container's own labels, and an empty one for routes where it
// has none. Docker adds the image's labels that the container doesn't set, and
// on a shared host an image is a pull request's: its routes would be the
// edge's, to anywhere the host can reach.
func (d *Docker) unforged(labels map[string]string) map[string]string {
	if _, set := labels[RoutesLabel]; set || d.machine != nil {
		return labels
	}
	all := map[string]string{RoutesLabel: ""}
	maps.Copy(all, labels)
	return all
}

func label(name string, value pulumi.StringInput) docker.ContainerLabelArgs {
	return docker.ContainerLabelArgs{Label: pulumi.String(name), Value: value.ToStringOutput()}
}

// capabilities spells them as Docker reports them: with prefix, in order.
func capabilities(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "CAP_" + strings.TrimPrefix(n, "CAP_")
	}
	slices.Sort(out)
	return out
}

// containerOptions adds what only containers need: the provider takes changes
// of these two without applying them.
func (d *Docker) containerOptions(c Container) []pulumi.ResourceOption {
	return d.options(
		pulumi.ReplaceOnChanges([]string{"healthcheck", "tmpfs"}),
		pulumi.AdditionalSecretOutputs([]string{"uploads"}),
		pulumi.DependsOn(c.After),
	)
}
