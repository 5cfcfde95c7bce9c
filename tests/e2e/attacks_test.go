package e2e

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks/config"
	"github.com/odooops/odooops/tests/checkout"
)

// victims are what there is beside a preview.
type victims struct {
	production, staging config.OdooOutputs
	platform            config.PlatformOutputs
	host                config.PreviewHostOutputs
	// secrets are those of all stacks but the previews themselves.
	secrets []string
}

func loadVictims(t *testing.T, c *checkout.Checkout) (v victims) {
	t.Helper()
	core := func(script string) checkout.Result { return c.Shell(t, script) }
	previews := func(script string) checkout.Result { return inPreviews(t, c, script) }
	for stack, of := range map[string]struct {
		in  func(string) checkout.Result
		out any
	}{
		"production": {core, &v.production}, "staging": {core, &v.staging}, "platform": {core, &v.platform}, "preview-host": {previews, &v.host},
	} {
		r := of.in("exec pulumi --non-interactive stack output --show-secrets --json -s " + stack)
		require.Zero(t, r.Code, "outputs of %s: %s", stack, r.Stderr)
		checkout.Decode(t, r.Stdout, of.out)
		r = of.in("exec pulumi --non-interactive config --show-secrets --json -s " + stack)
		require.Zero(t, r.Code, "config of %s: %s", stack, r.Stderr)
		values := map[string]struct {
			Value  string
			Secret bool
		}{}
		checkout.Decode(t, r.Stdout, &values)
		for _, value := range values {
			// Of a key in several lines one is enough.
			line := slices.MaxFunc(strings.Split(value.Value, "\n"), func(a, b string) int { return cmp.Compare(len(a), len(b)) })
			if value.Secret && len(line) >= 16 {
				v.secrets = append(v.secrets, line)
			}
		}
	}
	for _, key := range append(v.production.ReadKeys, v.production.ExpireKeys...) {
		v.secrets = append(v.secrets, key.ID, key.Secret)
	}
	v.secrets = append(v.secrets, c.Env(t, "DIGITALOCEAN_TOKEN"), c.Env(t, "SPACES_SECRET_ACCESS_KEY"), c.Env(t, "PULUMI_CONFIG_PASSPHRASE"))
	v.secrets = slices.DeleteFunc(v.secrets, func(s string) bool { return len(s) < 12 })
	require.NotNil(t, v.platform.Observability, "the platform has an observability host")
	require.NotEmpty(t, v.production.Repositories)
	require.Greater(t, len(v.secrets), 10)
	return v
}

// neighbour is the number of a preview that is there to be attacked.
const neighbour = 41

// attackSteps are what a hostile pull request tries from inside its preview:
// each is refused, and each has a control that proves the try would have seen
// it work.
func attackSteps(t *testing.T, c *checkout.Checkout, step func(string, func(*testing.T))) {
	const stack = "preview-pr-1"
	machine := machineOf("preview-host", "host")
	inside := machine.in(stack + "-odoo")
	var host *previewHost
	var v victims
	on := func(t *testing.T, command string) string {
		t.Helper()
		r := host.run(t, command)
		require.Zero(t, r.Code, "%s: %s", command, r.All())
		return strings.TrimSpace(r.Stdout)
	}
	address := func(t *testing.T, container string) string {
		t.Helper()
		fields := strings.Fields(on(t, "docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "+container))
		require.NotEmpty(t, fields, container)
		return fields[0]
	}

	step("an attacker in a preview is at work", func(t *testing.T) {
		host, v = loadPreviewHost(t, c), loadVictims(t, c)
		preview(t, c, neighbour)
		inside.works(t, c, "all connections", do("connect", "postgres", "5432"), do("connect", "mail", "1025"), do("resolve", "postgres"))
	})

	step("attack: Docker's socket, and who has it", func(t *testing.T) {
		reader := do("connect", address(t, "preview-host-docker-read"), "2375")
		inside.refused(t, c, "Docker", do("unix", "/run/docker.sock"), do("unix", "/var/run/docker.sock"), do("unix", "/run/containerd/containerd.sock"), reader)
		inside.works(t, c, "Docker", do("own_unix"))
		machine.works(t, c, "Docker", do("unix", "/run/docker.sock"), do("unix", "/run/containerd/containerd.sock"), reader)
	})

	step("attack: the metadata address", func(t *testing.T) {
		// Somebody answers there: the edge listens on every address.
		on(t, "sudo ip address add 169.254.169.254/32 dev lo")
		defer host.run(t, "sudo ip address del 169.254.169.254/32 dev lo")
		inside.refused(t, c, "metadata", connects("169.254.169.254", 80)...)
		machine.works(t, c, "metadata", connects("169.254.169.254", 80)...)
	})

	step("attack: the other machines of the network", func(t *testing.T) {
		for _, m := range []struct {
			what    string
			from    place // allowed
			address string
			ports   []int
		}{
			{"production", machineOf("production", "host"), v.production.PrivateIP, []int{22, 80, 443}},
			{"production from outside", machineOf("production", "host"), v.production.DropletIP, []int{22, 80, 443}},
			{"staging", machineOf("staging", "host"), v.staging.PrivateIP, []int{22, 80, 443}},
			{"observability", machineOf("platform", "host"), v.platform.Observability.PrivateIP, []int{22, 4318}},
			{"bastion", machineOf("platform", "bastion"), v.platform.Bastion.PrivateIP, []int{22}},
			{"bastion from outside", machineOf("platform", "bastion"), v.platform.Bastion.PublicIP, []int{22}},
		} {
			inside.refused(t, c, m.what, connects(m.address, m.ports...)...)
			m.from.works(t, c, m.what, connects(m.address, m.ports...)...)
		}
	})

	step("attack: the machine below", func(t *testing.T) {
		bridge := on(t, "docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' "+stack+"-net")
		for _, address := range []string{bridge, v.host.PrivateIP, v.host.DropletIP} {
			// 80 and 443 are the edge's, which leads to every other preview.
			inside.refused(t, c, "the machine below", connects(address, 22, 80, 443)...)
			machine.works(t, c, "the machine below", connects(address, 22, 80, 443)...)
		}
	})

	step("attack: another preview's database, Odoo and mail", func(t *testing.T) {
		name := fmt.Sprintf("preview-pr-%d-", neighbour)
		var tries []try
		for role, ports := range map[string][]int{"postgres": {5432}, "odoo": {8069}, "mail": {1025, 8025}} {
			tries = append(tries, connects(address(t, name+role), ports...)...)
		}
		inside.refused(t, c, "another preview", append(tries, do("resolve", name+"postgres"), do("ask", "127.0.0.11", name+"postgres"))...)
		machine.works(t, c, "another preview", tries...)
		inside.works(t, c, "another preview", do("resolve", stack+"-postgres"), do("ask", "127.0.0.11", stack+"-postgres"))
	})

	step("attack: the template, and the machine's files", func(t *testing.T) {
		paths := []try{
			do("read", "/data"), do("read", "/data/templates"), do("read", "/data/docker-volumes"), do("read", "/var/lib/docker"),
			do("read", "/etc/odooops/host.env"), do("read", "/var/lib/cloud/instance/user-data.txt"),
		}
		inside.refused(t, c, "the machine's files", paths...)
		inside.works(t, c, "the machine's files", do("read", "/etc/odoo/odoo.conf"), do("read", "/var/lib/odoo/filestore"))
		machine.works(t, c, "the machine's files", paths...)

		// Its files are the template's until they are written.
		on(t, "touch /tmp/before-the-attack && sleep 1")
		defer host.run(t, "rm -f /tmp/before-the-attack; docker exec -u root "+stack+"-odoo rm -f /var/lib/odoo/filestore/attack")
		on(t, "docker exec -u root "+stack+"-odoo sh -c 'find /var/lib/odoo/filestore -type f | head -n 5 | xargs -r chmod g+w && touch /var/lib/odoo/filestore/attack'")
		const changed = " -cnewer /tmp/before-the-attack -type f | wc -l"
		assert.Equal(t, "0", on(t, "sudo find /data/templates"+changed), "files of the template that the preview changed")
		assert.NotEqual(t, "0", on(t, "sudo find /data/docker-volumes"+changed), "control: what it changed is in its own volume")
	})

	step("attack: production's backups", func(t *testing.T) {
		for _, r := range v.production.Repositories {
			known := machine.works(t, c, "backups in "+r.Endpoint, do("resolve", r.Endpoint), do("connect", r.Endpoint, "443"))
			inside.refused(t, c, "backups", do("resolve", r.Endpoint), do("connect", r.Endpoint, "443"), do("connect", known[0].Seen, "443"))
		}
		found := inside.tries(t, c, v.secrets, do("find"))[0]
		assert.False(t, found.Reached, "secrets of other stacks are in the preview: %s", found.Seen)
		t.Logf("%d secrets: %s", len(v.secrets), found.Seen)
		own := on(t, "docker exec -u root "+stack+"-odoo sed -n 's/^ *db_password *= *//p' /etc/odoo/odoo.conf")
		require.NotEmpty(t, own)
		found = inside.tries(t, c, []string{own}, do("find"))[0]
		assert.True(t, found.Reached, "control: the preview's own password is found in it: %s", found.Seen)
	})

	step("attack: mail and the web outside", func(t *testing.T) {
		for _, port := range []int{25, 465, 587, 2525, 80} {
			server := listenOutside(t, port)
			inside.refused(t, c, "mail and web", connects(gateway, port)...)
			assert.Zero(t, server.calls.Load(), "connections to the outside server on %d", port)
			conn, err := net.DialTimeout("tcp", fmt.Sprintf("%s:%d", gateway, port), 5*time.Second)
			require.NoError(t, err, "control: the outside server answers")
			_ = conn.Close()
			require.Eventually(t, func() bool { return server.calls.Load() == 1 }, 5*time.Second, 10*time.Millisecond,
				"control: the outside server counts")
		}
		inside.refused(t, c, "the web", connects(gateway, 443)...)
		machine.works(t, c, "the web", connects(gateway, 443)...)
	})

	step("attack: names outside", func(t *testing.T) {
		server := on(t, "awk '/^nameserver/ {print $2; exit}' /etc/resolv.conf")
		name := v.production.Repositories[0].Endpoint
		inside.refused(t, c, "names", do("resolve", name), do("ask", "127.0.0.11", name), do("ask", server, name), do("connect", server, "53"))
		machine.works(t, c, "names", do("resolve", name), do("ask", server, name), do("connect", server, "53"))
	})

	step("attack: more rights than given", func(t *testing.T) {
		var all []try
		// Which of them there are is the kernel's; the first two always.
		for path := range strings.FieldsSeq(on(t, "ls /proc/sys/kernel/core_pattern /proc/sys/net/ipv4/ip_forward "+
			"/proc/sysrq-trigger /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs 2>/dev/null || true")) {
			all = append(all, do("write", path))
		}
		require.GreaterOrEqual(t, len(all), 3, "with one of a cgroup")
		all = append(all, do("mount"), do("unshare", "mnt"), do("mknod"), do("packet"), do("processes", "dockerd", "containerd", "sshd", "systemd"),
			do("setuid"), do("capabilities"), do("no_seccomp"))
		inside.refused(t, c, "rights", append(all, do("unshare", "user"), do("block_devices"))...)
		machine.works(t, c, "rights", all...)
		// The machine's programs can't even be named; its own child it may trace.
		inside.refused(t, c, "tracing", do("trace", "sshd"), do("trace", "dockerd"), do("trace", "systemd"))
		inside.works(t, c, "tracing", do("trace_child"))
		machine.works(t, c, "tracing", do("trace", "sshd"))
	})

	step("the attacked preview goes", func(t *testing.T) {
		r := pr(t, c, "down", neighbour)
		require.Zero(t, r.Code, r.All())
	})
}
