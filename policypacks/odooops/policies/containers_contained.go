package policies

import (
	"path"
	"slices"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/stacks/config"
)

// strong are the capabilities with which a container has the host.
var strong = []string{
	"ALL", "BPF", "DAC_READ_SEARCH", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_RAW",
	"PERFMON", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "SYS_TIME", "SYSLOG",
}

// dockerReader is the program that may have Docker's socket: it answers a few
// questions for the agent and changes nothing.
const dockerReader = "/usr/local/bin/docker-read"

// containersContained keeps a container in its container.
func containersContained() policy.Policy {
	return policy.Policy{
		Name: "containers-contained", Severity: policy.Mandatory,
		Holds: "No container is privileged, on the host's network or namespaces, or has Docker's socket.",
		Why: `Whoever has one of these has the host: with Docker's socket one call starts a container that mounts its whole disk.
There are two exceptions: the edge of the previews' host is on the host's network, and docker-read, which only answers questions, has the socket read-only.`,
		Bad: `Volumes: docker.ContainerVolumeArray{docker.ContainerVolumeArgs{
	HostPath: pulumi.String("/var/run/docker.sock"), ContainerPath: pulumi.String("/var/run/docker.sock"),
}}`,
		Good:  `Command: pulumi.ToStringArray([]string{"/usr/local/bin/docker-read"}) // with the socket read-only`,
		Types: []string{container},
		Check: func(r *policy.Resource) {
			if on, ok := r.Get("privileged").Bool(); ok && on {
				r.Deny("is privileged; name the capabilities it needs")
			}
			for _, space := range []string{"networkMode", "pidMode", "ipcMode", "usernsMode", "cgroupnsMode"} {
				mode, ok := r.Get(space).Text()
				if ok && mode == "host" && (space != "networkMode" || !isSharedEdge(r)) {
					r.Deny("%s is host; leave it out", space)
				}
			}
			added, _ := r.Get("capabilities").At("adds").Strings()
			for _, c := range added {
				if slices.Contains(strong, strings.TrimPrefix(strings.ToUpper(c), "CAP_")) {
					r.Deny("has the capability %s, and with it the host; leave it out", c)
				}
			}
			options, _ := r.Get("securityOpts").Strings()
			for _, o := range options {
				if strings.Contains(o, "unconfined") || strings.Contains(o, "disable") {
					r.Deny("takes off its security profile (%s); leave that out", o)
				}
			}
			if devices, ok := r.Get("devices").List(); ok && len(devices) > 0 {
				r.Deny("has devices of the host; leave them out")
			}
			socketMounts(r)
		},
	}
}

// isSharedEdge is the one container that is on the network of its host.
func isSharedEdge(r *policy.Resource) bool {
	return r.Kind == config.KindPreviewHost && r.Name == r.Stack+"-edge"
}

func socketMounts(r *policy.Resource) {
	for _, kind := range []struct{ list, source, readOnly string }{
		{"volumes", "hostPath", "readOnly"}, {"mounts", "source", "readOnly"},
	} {
		mounts, _ := r.Get(kind.list).List()
		for _, m := range mounts {
			from, ok := m.At(kind.source).Text()
			if !ok || !hasSocket(from) {
				continue
			}
			readOnly, known := m.At(kind.readOnly).Bool()
			command, _ := r.Get("command").Strings()
			reads := known && readOnly && path.Base(path.Clean(from)) == "docker.sock" &&
				len(command) == 1 && command[0] == dockerReader
			if !reads {
				r.Deny("mounts %s, and with it Docker or the host; ask docker-read instead", from)
			}
		}
	}
}

// hasSocket says whether a path of the host is a runtime's socket, or a folder
// that one is in.
func hasSocket(from string) bool {
	if from == "" || !strings.HasPrefix(from, "/") {
		return false
	}
	clean := path.Clean(from)
	if slices.Contains([]string{"/", "/run", "/var", "/var/run", "/run/containerd", "/var/run/containerd", "/var/lib/docker", "/etc", "/root"}, clean) {
		return true
	}
	return slices.Contains([]string{"docker.sock", "containerd.sock", "podman.sock", "crio.sock"}, path.Base(clean))
}
