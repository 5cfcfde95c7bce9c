package bench

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/archive"
)

// The containers, by the names they have on their hosts.
const (
	loki         = "platform-loki"
	prometheus   = "platform-prometheus"
	alertmanager = "platform-alertmanager"
	theAgent     = "production-agent"
	network      = "platform-watch"
	// mark is before the name of each container and network here.
	mark = "bench-telemetry-"
)

// watched is the observability host and a production with an agent, in
// containers.
type watched struct {
	// dir stands for the hosts' disks.
	dir     string
	outside *world
	logOpts map[string]string
}

// newWatched has everything up, and the containers of the batches ready.
func newWatched(b *testing.B, batches ...batch) *watched {
	b.Helper()
	w := &watched{dir: b.TempDir()}
	b.Cleanup(func() { w.remove(b) })
	w.remove(b) // what a run before left
	gateway := w.network(b, network)
	w.outside = newWorld(b, gateway, w.dir)
	containers := declare(b, outside{site: w.outside.siteAddress, webhook: w.outside.webhookAddress})
	w.logOpts = containers[theAgent].LogOpts
	root := docker(b, "info", "--format", "{{.DockerRootDir}}")
	var logs []string
	for _, l := range batches {
		id := w.batch(b, l)
		logs = append(logs, "--volume", root+"/containers/"+id+":/var/lib/docker/containers/"+id+":ro")
	}
	for _, name := range []string{loki, prometheus, alertmanager, "platform-edge", "production-docker-read", theAgent} {
		c, ok := containers[name]
		require.True(b, ok, "no container %s is declared", name)
		more := []string{}
		if name == theAgent {
			// Of these batches alone, not of what else runs on this computer.
			more = append(logs, "--add-host", "metrics:"+gateway)
		}
		w.create(b, c, more...)
		docker(b, "start", mark+name)
	}
	w.ready(b, loki, "3100/ready")
	w.ready(b, prometheus, "9090/-/ready")
	w.ready(b, alertmanager, "9093/-/ready")
	require.Eventually(b, w.siteIsUp, 2*time.Minute, time.Second, "no metric of the agent's arrives; see docker logs %s%s", mark, theAgent)
	return w
}

// create creates a container as it is declared, but for its name, its health
// check, its ports and where the host's directories are.
func (w *watched) create(b *testing.B, c declared, more ...string) {
	b.Helper()
	args := []string{
		"create", "--name", mark + c.Name, "--hostname", c.Hostname,
		"--memory", fmt.Sprintf("%dm", c.Memory), "--memory-swap", fmt.Sprintf("%dm", c.MemorySwap),
		"--cpu-shares", strconv.Itoa(c.CPUShares), "--stop-timeout", strconv.Itoa(c.StopTimeout),
	}
	if c.CPUQuota > 0 {
		args = append(args, "--cpu-period", strconv.Itoa(c.CPUPeriod), "--cpu-quota", strconv.Itoa(c.CPUQuota))
	}
	each := func(flag string, values ...string) {
		for _, v := range values {
			args = append(args, flag, v)
		}
	}
	each("--cap-drop", c.Capabilities.Drops...)
	each("--cap-add", c.Capabilities.Adds...)
	each("--env", c.Envs...)
	for k, v := range c.LogOpts {
		each("--log-opt", k+"="+v)
	}
	for _, l := range c.Labels {
		each("--label", l.Label+"="+l.Value)
	}
	for _, v := range c.Volumes {
		if v.HostPath == "/var/lib/docker/containers" {
			continue
		}
		option := w.disk(b, v.HostPath) + ":" + v.ContainerPath
		if v.ReadOnly {
			option += ":ro"
		}
		each("--volume", option)
	}
	first := c.NetworksAdvanced[0]
	each("--network", w.attachable(b, first.Name))
	each("--network-alias", first.Aliases...)
	args = append(append(args, more...), c.Image)
	docker(b, append(args, c.Command...)...)
	for _, n := range c.NetworksAdvanced[1:] {
		connect := []string{"network", "connect"}
		for _, a := range n.Aliases {
			connect = append(connect, "--alias", a)
		}
		docker(b, append(connect, w.attachable(b, n.Name), mark+c.Name)...)
	}
	w.upload(b, c)
}

// noJournal is a journalctl that has nothing to say: the lines of this
// computer's journal are not production's.
const noJournal = "#!/bin/sh\n[ \"$1\" = --version ] && echo systemd 257 && exit\nexec sleep infinity\n"

// upload puts a container's files where it reads them. Spaces are this test's,
// and Docker may be older than a droplet's.
func (w *watched) upload(b *testing.B, c declared) {
	b.Helper()
	var files bytes.Buffer
	t := tar.NewWriter(&files)
	put := func(path string, mode int64, text string) {
		require.NoError(b, t.WriteHeader(&tar.Header{Name: strings.TrimPrefix(path, "/"), Mode: mode, Size: int64(len(text))}))
		_, err := t.Write([]byte(text))
		require.NoError(b, err)
	}
	here := strings.NewReplacer(
		"https://"+archive.Endpoint("fra1"), w.outside.spacesAddress,
		`api_version: "1.44"`, `api_version: "`+docker(b, "version", "--format", "{{.Server.APIVersion}}")+`"`)
	for _, f := range c.Uploads {
		mode, err := strconv.ParseInt(f.Permissions, 8, 64)
		require.NoError(b, err)
		put(f.File, mode, here.Replace(f.Content))
	}
	if c.Name == theAgent {
		put("/usr/local/bin/journalctl", 0o755, noJournal)
	}
	require.NoError(b, t.Close())
	copying := exec.Command("docker", "cp", "-", mark+c.Name+":/")
	copying.Stdin = &files
	out, err := copying.CombinedOutput()
	require.NoError(b, err, "%s: %s", copying, out)
}

// disk is where a directory of a host is here. What only this kernel has is its
// own; everything else is empty, so that the journal of this computer does not
// count.
func (w *watched) disk(b *testing.B, path string) string {
	b.Helper()
	switch path {
	case "/proc", "/run/docker.sock":
		return path
	}
	dir := filepath.Join(w.dir, path)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return dir
	}
	require.NoError(b, os.MkdirAll(dir, 0o755))
	require.NoError(b, os.Chmod(dir, 0o777)) // not all of them are root
	return dir
}

// network makes a network and returns the address that this test has on it.
func (w *watched) network(b *testing.B, name string) string {
	b.Helper()
	docker(b, "network", "create", mark+name)
	return docker(b, "network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", mark+name)
}

func (w *watched) attachable(b *testing.B, name string) string {
	b.Helper()
	have := strings.Fields(docker(b, "network", "ls", "--filter", "name="+mark, "--format", "{{.Name}}"))
	if !slices.Contains(have, mark+name) {
		w.network(b, name)
	}
	return mark + name
}

// batch creates the container that writes one.
func (w *watched) batch(b *testing.B, l batch) (id string) {
	b.Helper()
	args := []string{"create", "--name", mark + l.name, "--network", "none", "--entrypoint", "python3"}
	for k, v := range w.logOpts {
		args = append(args, "--log-opt", k+"="+v)
	}
	for k, v := range map[string]string{"stack": "production", "kind": "production", "role": l.role} {
		args = append(args, "--label", "odooops."+k+"="+v)
	}
	script, err := os.ReadFile("testdata/telemetry-lines.py")
	require.NoError(b, err)
	return docker(b, append(args, "odooops/odoo:current", "-c", string(script),
		l.kind, fmt.Sprint(l.rate), fmt.Sprint(l.during.Seconds()), strconv.Itoa(l.first))...)
}

func (w *watched) start(b *testing.B, batches ...batch) {
	b.Helper()
	for _, l := range batches {
		docker(b, "start", mark+l.name)
	}
}

func (w *watched) stop(b *testing.B, name string) {
	b.Helper()
	docker(b, "stop", "--time", "60", mark+name)
}

func (w *watched) startAgain(b *testing.B, name string) {
	b.Helper()
	docker(b, "start", mark+name)
	w.ready(b, loki, "3100/ready")
}

// address is a container's, which may be another after a start.
func (w *watched) address(name string) (string, error) {
	out, err := exec.Command("docker", "inspect", "--format", `{{(index .NetworkSettings.Networks "`+mark+network+`").IPAddress}}`, mark+name).Output()
	return strings.TrimSpace(string(out)), err
}

func (w *watched) ready(b *testing.B, name, path string) {
	b.Helper()
	port, path, _ := strings.Cut(path, "/")
	require.Eventually(b, func() bool {
		return w.get(name, port, "/"+path, nil) == nil
	}, 2*time.Minute, 200*time.Millisecond, "%s is not ready; see docker logs %s%s", name, mark, name)
}

// remove leaves nothing, and says what the agent said when the run failed.
func (w *watched) remove(b *testing.B) {
	if b.Failed() {
		for _, name := range []string{theAgent, loki} {
			said, _ := exec.Command("docker", "logs", "--tail", "5", mark+name).CombinedOutput()
			b.Logf("%s said:\n%.4000s", name, said)
		}
	}
	for _, kind := range [][]string{{"container", "--all"}, {"network"}} {
		list := append([]string{kind[0], "ls", "--quiet", "--filter", "name=^" + mark}, kind[1:]...)
		out, err := exec.Command("docker", list...).Output()
		if ids := strings.Fields(string(out)); err == nil && len(ids) > 0 {
			remove := []string{kind[0], "rm"}
			if kind[0] == "container" {
				remove = append(remove, "--force", "--volumes")
			}
			_ = exec.Command("docker", append(remove, ids...)...).Run()
		}
	}
}

func docker(b *testing.B, args ...string) string {
	b.Helper()
	var failed bytes.Buffer
	c := exec.Command("docker", args...)
	c.Stderr = &failed
	out, err := c.Output()
	require.NoError(b, err, "docker %s: %s", args[0], failed.String())
	return strings.TrimSpace(string(out))
}
