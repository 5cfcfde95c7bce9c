package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// running is what Docker says of a container.
type running struct {
	Name       string
	HostConfig struct {
		Privileged                                         bool
		CapAdd, CapDrop, SecurityOpt                       []string
		NetworkMode, PidMode, IpcMode, UTSMode, UsernsMode string
		Memory                                             int64
		Devices                                            []any
		RestartPolicy                                      struct{ Name string }
		LogConfig                                          struct{ Config map[string]string }
	}
	Config struct {
		Image       string
		Healthcheck *struct{ Test []string }
	}
	NetworkSettings struct{ Networks map[string]any }
	Mounts          []struct {
		Source, Destination, Propagation string
		RW                               bool
	}
}

// mayHave are all capabilities that any container has.
var mayHave = []string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_SETUID",
}

// ofTheHost are directories whose owner has the host, unless read only.
var ofTheHost = regexp.MustCompile(`^/(|boot|dev|etc|lib|proc|root|run|sys|usr|var|var/run|var/lib/docker)(/|$)`)

// unsafe says what of a container is against an item, by the item.
func (r running) unsafe() map[string]string {
	wrong := map[string]string{}
	not := func(item string, bad bool, seen any) {
		if bad {
			wrong[item] = fmt.Sprintf("%+v", seen)
		}
	}
	h := r.HostConfig
	unlisted := slices.DeleteFunc(slices.Clone(h.CapAdd), func(c string) bool { return slices.Contains(mayHave, c) })
	not("Docker 5.3", len(unlisted) > 0 || !slices.Equal(h.CapDrop, []string{"ALL"}), []any{h.CapAdd, h.CapDrop})
	not("Docker 5.4", h.Privileged, true)
	for _, m := range r.Mounts {
		socket := strings.HasSuffix(m.Source, "docker.sock") || strings.HasSuffix(m.Source, "containerd.sock")
		not("Docker 5.31", socket && !strings.HasSuffix(r.Name, "-docker-read"), m)
		volume := strings.HasPrefix(m.Source, "/var/lib/docker/volumes/")
		not("Docker 5.5", m.RW && !volume && ofTheHost.MatchString(m.Source), m)
		not("Docker 5.19", m.Propagation == "shared", m)
	}
	not("Docker 5.9", h.NetworkMode == "host" && r.Name != "/preview-host-edge", h.NetworkMode)
	not("Docker 5.10", h.Memory == 0, h.Memory)
	not("Docker 5.15", h.PidMode != "", h.PidMode)
	not("Docker 5.16", h.IpcMode == "host", h.IpcMode)
	not("Docker 5.17", len(h.Devices) > 0, h.Devices)
	not("Docker 5.20", h.UTSMode != "", h.UTSMode)
	for _, option := range h.SecurityOpt {
		not("Docker 5.1", strings.Contains(option, "apparmor") && strings.Contains(option, "unconfined"), option)
		not("Docker 5.21", strings.Contains(option, "seccomp") && strings.Contains(option, "unconfined"), option)
		not("Docker 5.25", strings.Contains(option, "no-new-privileges") && strings.Contains(option, "false"), option)
	}
	not("Docker 5.26", r.Config.Healthcheck == nil || len(r.Config.Healthcheck.Test) == 0, r.Config.Healthcheck)
	_, onDefault := r.NetworkSettings.Networks["bridge"]
	not("Docker 5.29", onDefault, r.NetworkSettings)
	not("Docker 5.30", h.UsernsMode != "", h.UsernsMode)
	not("Docker 2.13", h.LogConfig.Config["max-size"] == "", h.LogConfig)
	return wrong
}

// containerItems are the items that unsafe looks at, and the number of tasks.
func containerItems() []setting {
	var items []setting
	for _, number := range []string{
		"2.13", "5.1", "5.3", "5.4", "5.5", "5.9", "5.10", "5.15", "5.16", "5.17", "5.19", "5.20", "5.21", "5.25", "5.26", "5.28",
		"5.29", "5.30", "5.31",
	} {
		items = append(items, setting{item: "Docker " + number})
	}
	return items
}

// tasks asks how many threads each running container may have.
func tasks() setting {
	return setting{
		item: "Docker 5.28", each: "^[0-9]{1,4}$",
		// The path of version 2 of cgroups, or that of the controller in version 1.
		ask: `for p in $(docker ps -q | xargs docker inspect -f '{{.State.Pid}}'); do
			cat "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/$p/cgroup)/pids.max" || cat "/sys/fs/cgroup/pids$(sed -n 's/^[0-9]*:pids://p' /proc/$p/cgroup)/pids.max" || echo unknown
		done`,
	}
}

func TestAContainerThatHasMoreThanItNeedsIsSeen(t *testing.T) {
	var r running
	checkout.Decode(t, `{"Name": "/staging-odoo", "Config": {}, "HostConfig": {"Privileged": true, "CapAdd": ["CAP_SYS_ADMIN"],
		"NetworkMode": "host", "PidMode": "host", "IpcMode": "host", "UTSMode": "host", "UsernsMode": "host", "Devices": [{}],
		"SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined", "no-new-privileges:false"]},
		"NetworkSettings": {"Networks": {"bridge": {}}},
		"Mounts": [{"Source": "/run/docker.sock", "RW": false}, {"Source": "/etc", "RW": true, "Propagation": "shared"}]}`, &r)
	wrong := r.unsafe()
	for _, s := range containerItems() {
		if s.item != tasks().item { // the kernel is asked for that
			assert.Contains(t, wrong, s.item)
		}
	}

	r = running{}
	checkout.Decode(t, `{"Name": "/production-odoo", "Config": {"Healthcheck": {"Test": ["CMD", "true"]}},
		"HostConfig": {"CapAdd": ["CAP_CHOWN"], "CapDrop": ["ALL"], "NetworkMode": "production-web", "IpcMode": "private", "Memory": 1,
		"LogConfig": {"Config": {"max-size": "10m"}}},
		"Mounts": [{"Source": "/data/production/current/filestore", "RW": true, "Propagation": "rprivate"}, {"Source": "/etc/ssl/certs"}]}`, &r)
	assert.Empty(t, r.unsafe())
}

// hardeningSteps look at the machines that `make up` booted, as they serve.
func hardeningSteps(t *testing.T, c *checkout.Checkout, step func(string, func(*testing.T))) {
	on := func(t *testing.T, sshDir, address string) func(string) (string, error) {
		return func(command string) (string, error) {
			r := c.Run(t, "ssh", "-F", sshDir+"/config", address, command)
			if r.Code != 0 {
				return "", fmt.Errorf("exit status %d: %s", r.Code, r.All())
			}
			return r.Stdout, nil
		}
	}
	step("every machine is set up as the list of settings says", func(t *testing.T) {
		everywhere, docker := machineSettings(), append(dockerSettings(), tasks())
		for _, m := range []struct {
			name, sshDir, address, ports string
		}{
			{"production", ".odooops/ssh/production", "host", "22 80 443"},
			{"staging", ".odooops/ssh/staging", "host", "22 80 443"},
			{"preview-host", ".odooops/ssh/preview-host", "host", "22 80 443"},
			{"observability", ".odooops/ssh/platform", "host", "22( 80 443)? 4318"},
		} {
			holds(t, m.name, on(t, m.sshDir, m.address), slices.Concat(everywhere, docker, []setting{listens(m.ports)})...)
		}
		holds(t, "bastion", on(t, ".odooops/ssh/production", "bastion"), slices.Concat(everywhere, bastionSettings(), []setting{listens("22")})...)
	})

	step("no container has more of its machine than it needs", func(t *testing.T) {
		for _, sshDir := range []string{".odooops/ssh/production", ".odooops/ssh/staging", ".odooops/ssh/preview-host", ".odooops/ssh/platform"} {
			text, err := on(t, sshDir, "host")("docker ps -q | xargs docker inspect")
			require.NoError(t, err, sshDir)
			var containers []running
			checkout.Decode(t, text, &containers)
			require.NotEmpty(t, containers, sshDir)
			for _, r := range containers {
				assert.Empty(t, r.unsafe(), "%s of %s", r.Name, sshDir)
			}
		}
	})
}
