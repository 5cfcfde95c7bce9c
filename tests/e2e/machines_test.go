package e2e

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud"
)

const labUserData = `#cloud-config
write_files:
  - path: /etc/lab
    content: from the user data
runcmd:
  - [sh, -c, "date >> /var/lib/booted-first-time"]
`

// TestMachines boots two machines and does to them what a cloud does. The
// steps build on each other, because a boot costs seconds.
func TestMachines(t *testing.T) {
	l := newLab(t)
	one, two := l.box(1, "one", labUserData), l.box(2, "two", labUserData)
	data := localcloud.Volume{ID: "data-1", Name: "data", SizeGB: 1}
	reserved := netip.MustParseAddr("10.126.0.200")

	step := func(name string, f func(t *testing.T)) {
		t.Helper()
		ok := t.Run(name, func(t *testing.T) {
			l.t = t
			f(t)
		})
		l.t = t
		if !ok {
			t.FailNow()
		}
	}

	step("boot runs the user data and cloud-init ends well", func(t *testing.T) {
		require.NoError(t, l.AttachVolume(t.Context(), 1, data), "a volume of a machine that does not run yet")
		one.boot()
		two.boot()
		for _, b := range []*box{one, two} {
			require.Contains(t, b.settled(), "status: done")
			require.Equal(t, "from the user data", b.must("cat /etc/lab"))
			require.Equal(t, b.spec.Name, b.must("hostname"))
			require.Equal(t, "running", b.must("systemctl is-system-running --wait"))
		}
		one.boot()
		require.Equal(t, "1", one.must("wc -l </var/lib/booted-first-time"), "booting a running machine changes nothing")
	})

	step("a machine resolves by the gateway and trusts the local cloud", func(t *testing.T) {
		require.Equal(t, "the local cloud", one.must("curl -sS https://api.digitalocean.com/"))
		require.Equal(t, "the local cloud", one.must("update-ca-certificates >/dev/null 2>&1; curl -sS https://api.digitalocean.com/"))
	})

	step("of this computer a machine sees the cloud and nothing else", func(t *testing.T) {
		private, err := net.Listen("tcp", l.net.Gateway.String()+":0")
		require.NoError(t, err)
		defer private.Close()
		_, err = one.reaches(private.Addr().String())
		require.Error(t, err)
	})

	step("containers run in both", func(t *testing.T) {
		echo := buildEcho(t)
		for _, b := range []*box{one, two} {
			b.must("docker import - echo", echo...)
			b.must("docker run -d --name echo --restart always --hostname " + b.spec.Name + " -p 8080:8080 -p 8081:8081 echo /echo 8080 8081")
			patiently(t, 10*time.Second, func() error { return answers(b.spec.PublicIP.String()+":8080", b) })
		}
	})

	step("the VPC is reached from its machines only", func(t *testing.T) {
		name, err := two.reaches(one.spec.PrivateIP.String() + ":8080")
		require.NoError(t, err)
		require.Equal(t, "one", name)
		_, err = reach(one.spec.PrivateIP.String() + ":8080")
		require.Error(t, err, "this computer is not in the VPC")
		require.Empty(t, one.must("cat /proc/net/if_inet6 2>/dev/null || true"), "no way round the firewall by IPv6")
	})

	step("a volume keeps its data over a restart and over a replaced machine", func(t *testing.T) {
		one.must("mkfs.xfs -q " + labData + " && mount " + labData + " /mnt && echo kept >/mnt/file && sync")

		require.NoError(t, l.PowerOff(t.Context(), 1, true))
		require.Empty(t, loops(t, l.cfg.Dir), "a machine that is off holds no loop device")
		l.leftLink(1)
		one.boot()
		require.Equal(t, "kept", one.must("mount "+labData+" /mnt && cat /mnt/file"))

		require.ErrorContains(t, l.AttachVolume(t.Context(), 2, data), "machine 1 has it")
		one.must("echo late >/mnt/late")
		require.NoError(t, l.DetachVolume(t.Context(), 1, data), "in use, as `destroy` does it")
		one.must("test ! -e " + labData)
		_, err := one.try("touch /mnt/file")
		require.ErrorContains(t, err, "Input/output error", "the disk was pulled")
		one.must("umount /mnt")
		require.NoError(t, l.AttachVolume(t.Context(), 2, data))
		require.Equal(t, "kept\nlate", two.must("mount "+labData+" /mnt && cat /mnt/file /mnt/late"))
		require.Len(t, loops(t, l.cfg.Dir), 1)
	})

	step("a volume that grows grows in the running machine", func(t *testing.T) {
		data.SizeGB = 2
		require.NoError(t, l.AttachVolume(t.Context(), 2, data))
		two.must("xfs_growfs /mnt >/dev/null")
		require.Equal(t, "2G", two.must("df -h --output=size /mnt | tail -1 | sed 's/\\.0G/G/'"))
	})

	step("a reserved address moves at once, with neighbours that know the old place", func(t *testing.T) {
		at := reserved.String() + ":8080"
		require.NoError(t, l.SetReservedIPs(t.Context(), 1, []netip.Addr{reserved}))
		patiently(t, 5*time.Second, func() error { return answers(at, one) })
		require.NoError(t, l.SetReservedIPs(t.Context(), 1, nil))
		require.NoError(t, l.SetReservedIPs(t.Context(), 2, []netip.Addr{reserved}))
		patiently(t, 2*time.Second, func() error { return answers(at, two) })
		name, err := one.reaches(at)
		require.NoError(t, err)
		require.Equal(t, "two", name)
	})

	step("a closed port is closed, also one that Docker publishes", func(t *testing.T) {
		open := two.dial()
		defer open.Close()
		anyone := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
		require.NoError(t, l.SetFirewall(t.Context(), 2, &localcloud.Firewall{
			Inbound: []localcloud.Rule{
				{Protocol: "tcp", PortFrom: 22, PortTo: 22, Peers: anyone},
				{Protocol: "tcp", PortFrom: 8081, PortTo: 8081, Peers: []netip.Prefix{l.vpc.IPRange}},
			},
			Outbound: []localcloud.Rule{
				{Protocol: "udp", PortFrom: 53, PortTo: 53, Peers: anyone},
				{Protocol: "tcp", PortFrom: 443, PortTo: 443, Peers: anyone},
			},
		}))
		for _, address := range []netip.Addr{two.spec.PublicIP, reserved} {
			require.Error(t, answers(address.String()+":8080", two))
			require.Error(t, answers(address.String()+":8081", two), "open to the VPC only")
		}
		_, err := one.reaches(two.spec.PublicIP.String() + ":8080")
		require.Error(t, err, "between machines on the public network")
		_, err = one.reaches(two.spec.PrivateIP.String() + ":8080")
		require.Error(t, err, "between machines in the VPC")
		name, err := one.reaches(two.spec.PrivateIP.String() + ":8081")
		require.NoError(t, err)
		require.Equal(t, "two", name)

		_, err = runOver(open, "true")
		require.NoError(t, err, "what was established stays")
		_, err = two.reaches(one.spec.PublicIP.String() + ":8080")
		require.Error(t, err, "outbound rules hold")
		require.Equal(t, "the local cloud", two.must("curl -sS https://api.digitalocean.com/"))

		two.must("nft flush ruleset")
		require.Error(t, answers(two.spec.PublicIP.String()+":8080", two), "the machine's root can't open it")
		two.must("systemctl restart docker")
		require.NoError(t, answers(one.spec.PublicIP.String()+":8080", one), "the other machine has no firewall")
	})

	step("a machine that reboots by itself comes back wired", func(t *testing.T) {
		before := two.must("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1")
		_, _ = two.try("systemctl reboot")
		patiently(t, 60*time.Second, func() error {
			if two.must("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1") == before {
				return fmt.Errorf("it still runs")
			}
			return nil
		})
		two.must("test -b $(readlink -f " + labData + ")")
		require.Error(t, answers(two.spec.PublicIP.String()+":8080", two), "the firewall is back")
	})

	step("a new process takes running machines over as they are", func(t *testing.T) {
		before := one.must("stat -c %Y /proc/1")
		l.adopt()
		l.up()
		one.boot()
		two.boot()
		require.Equal(t, before, one.must("stat -c %Y /proc/1"))
		name, err := two.reaches(one.spec.PublicIP.String() + ":22")
		require.Error(t, err, "the firewall holds: %s", name)
	})

	step("a restart, also under a new process, keeps everything", func(t *testing.T) {
		require.NoError(t, l.Down(t.Context(), false))
		require.Empty(t, loops(t, l.cfg.Dir))
		l.adopt()
		l.up()
		one.boot()
		two.boot()
		require.Equal(t, "kept", two.must("mount "+labData+" /mnt && cat /mnt/file"))
		require.Error(t, answers(two.spec.PublicIP.String()+":8080", two), "the firewall is back")
		require.NoError(t, l.SetFirewall(t.Context(), 2, nil))
		patiently(t, 20*time.Second, func() error { return answers(reserved.String()+":8080", two) })
		require.Equal(t, "1", two.must("wc -l </var/lib/booted-first-time"))
	})

	step("a boot that is cut short anywhere is completed by the next", func(t *testing.T) {
		three := l.box(3, "three", labUserData)
		for patience := 10 * time.Millisecond; ; patience *= 2 {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			err := l.Boot(ctx, three.spec)
			cancel()
			if err == nil {
				break
			}
			l.adopt()
			l.up()
		}
		require.Contains(t, three.settled(), "status: done")
		name, err := three.reaches(one.spec.PrivateIP.String() + ":8080")
		require.NoError(t, err)
		require.Equal(t, "one", name)
		require.NoError(t, l.Destroy(t.Context(), 3))
	})

	step("a destroyed machine is gone and its volume's data is not", func(t *testing.T) {
		two.must("mount " + labData + " /mnt && echo again >/mnt/file && sync")
		require.NoError(t, l.Destroy(t.Context(), 2))
		require.NoError(t, l.Destroy(t.Context(), 2), "twice is no error")
		running, err := l.Running(t.Context(), 2)
		require.NoError(t, err)
		require.False(t, running)
		require.NoError(t, l.AttachVolume(t.Context(), 1, data))
		require.Equal(t, "again", one.must("mount "+labData+" /mnt && cat /mnt/file && umount /mnt"))
	})

	step("down with purge leaves nothing", func(t *testing.T) {
		require.NoError(t, l.Down(t.Context(), true))
		for _, kind := range []string{"ps -a", "volume ls", "network ls"} {
			args := append(strings.Fields(kind), "-q", "--filter", "label=odooops.localcloud="+labInstance)
			out, err := exec.Command("docker", args...).CombinedOutput()
			require.NoError(t, err)
			require.Empty(t, string(out), "docker %s", kind)
		}
		require.Empty(t, loops(t, l.cfg.Dir))
		require.NoFileExists(t, "/run/netns/odooops-"+labInstance)
		tables, err := exec.Command("nft", "list", "tables").CombinedOutput()
		require.NoError(t, err)
		require.NotContains(t, string(tables), labInstance)
		left, err := filepath.Glob(filepath.Join(l.cfg.Dir, "*"))
		require.NoError(t, err)
		require.Equal(t, []string{l.cfg.CAFile}, left)
	})
}

func answers(address string, b *box) error {
	name, err := reach(address)
	if err != nil {
		return err
	}
	if name != b.spec.Name {
		return fmt.Errorf("%s is machine %s, want %s", address, name, b.spec.Name)
	}
	return nil
}

// loops lists the loop devices of a directory's files.
func loops(t *testing.T, dir string) []string {
	t.Helper()
	var held []string
	backing, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	require.NoError(t, err)
	for _, file := range backing {
		if name, err := os.ReadFile(file); err == nil && strings.HasPrefix(string(name), dir) {
			held = append(held, strings.TrimSpace(string(name)))
		}
	}
	return held
}

// buildEcho returns a root file system with one static program in it.
func buildEcho(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "echo"), "./testdata/echo")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	tarball, err := exec.Command("tar", "-C", dir, "-c", "echo").Output()
	require.NoError(t, err)
	return tarball
}
