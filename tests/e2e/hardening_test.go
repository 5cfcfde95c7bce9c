package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/host/cloudinit"
	"github.com/odooops/odooops/localcloud"
)

// TestHardenedHost boots the real user data of a bastion and of a Docker host
// and looks at what an attacker and an operator would find.
func TestHardenedHost(t *testing.T) {
	l := newLab(t)
	bastionKey, hostKey, previews := newHostKey(t), newHostKey(t), newHostKey(t)
	operator := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(l.key.PublicKey())))
	render := func(a cloudinit.Args) string {
		a.OperatorKeys = []string{operator}
		text, err := cloudinit.Render(a)
		require.NoError(t, err)
		return text
	}
	bastion := l.box(1, "bastion", render(cloudinit.Args{
		Name: "bastion", Role: cloudinit.RoleBastion, HostKey: bastionKey.pem, PreviewsKey: string(ssh.MarshalAuthorizedKey(previews.public)),
	}))
	host := l.box(2, "erp", render(cloudinit.Args{Name: "erp", Role: cloudinit.RoleDocker, Stack: "production", Volume: "erp-data", HostKey: hostKey.pem}))
	volume := localcloud.Volume{ID: "erp-data-1", Name: "erp-data", SizeGB: 3}

	bastion.login = login{user: "ops", hostKey: bastionKey.public}
	host.login = login{user: "ops", hostKey: hostKey.public}
	bastion.boot()
	host.boot()

	for _, b := range []*box{bastion, host} {
		require.Contains(t, b.settled(), "status: done", b.spec.Name)
		for _, user := range []string{"root", "debian"} {
			_, err := ssh.Dial("tcp", b.spec.PublicIP.String()+":22", &ssh.ClientConfig{
				User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(l.key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
			})
			require.ErrorContains(t, err, "unable to authenticate", "%s on %s", user, b.spec.Name)
		}
		holds(t, b.spec.Name, func(command string) (string, error) { return b.try(command) }, append(machineSettings(), listens("22"))...)
		require.Equal(t, "ssh-ed25519", b.must("awk '{print $1}' /etc/ssh/ssh_host_*_key.pub"), "no host key but the pinned one")
	}
	holds(t, "bastion", func(command string) (string, error) { return bastion.try(command) }, bastionSettings()...)
	for _, key := range []ssh.Signer{l.key, previews.signer(t)} {
		client := dialAs(t, bastion, key)
		require.NoError(t, forward(client, host.spec.PrivateIP.String()+":22"))
		require.Error(t, forward(client, host.spec.PrivateIP.String()+":2375"), "the bastion forwards to port 22 only")
		require.Error(t, forward(client, bastion.spec.PrivateIP.String()+":1"))
	}
	onlyForwards(t, dialAs(t, bastion, previews.signer(t)))

	_, err := host.try("timeout 3 docker version")
	require.Error(t, err, "Docker does not start without the volume; its socket makes clients wait")
	require.NoError(t, l.AttachVolume(t.Context(), 2, volume))
	patiently(t, 30*time.Second, func() error { _, err := host.try("timeout 3 docker version"); return err })
	holds(t, "erp", func(command string) (string, error) { return host.try(command) }, dockerSettings()...)
	require.Equal(t, "xfs", host.must("findmnt -no FSTYPE /data"))
	require.Equal(t, "gen-0001", host.must("readlink /data/production/current"))
	// A container with the host's programs in it, and nothing else.
	host.must("tar -c -T /dev/null | docker import - empty")
	_, err = host.try("docker run --rm -v /usr:/usr:ro -v /usr/bin:/bin:ro -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro empty " +
		"/usr/bin/timeout 2 /usr/bin/bash -c '</dev/tcp/169.254.169.254/80'")
	require.Error(t, err)
	require.Regexp(t, `169\.254\.169\.254 counter packets [1-9]\d* .*drop`, host.must("sudo nft list table inet odooops_metadata"),
		"the user data with the host key is out of a container's reach")
	require.Equal(t, "running", host.must("systemctl is-system-running --wait"))

	// The host is replaced: same volume, new machine, nothing is formatted.
	host.must("echo kept | sudo tee /data/production/current/file")
	require.NoError(t, l.PowerOff(t.Context(), 2, true))
	require.NoError(t, l.DetachVolume(t.Context(), 2, volume))
	require.NoError(t, l.Destroy(t.Context(), 2))
	host.spec.ID = 3
	require.NoError(t, l.AttachVolume(t.Context(), 3, volume))
	host.boot()
	require.Contains(t, host.settled(), "status: done")
	patiently(t, 30*time.Second, func() error { _, err := host.try("timeout 3 docker version"); return err })
	require.Equal(t, "kept", host.must("cat /data/production/current/file"))

	// A volume is set free without a restart, as `host replace` does it.
	host.must("sudo systemctl stop docker.socket docker.service data-reserve.service data-volume.service")
	require.NoError(t, l.DetachVolume(t.Context(), 3, volume))
}

// onlyForwards asserts that a connection gives nothing but forwarding: what a
// job of the previews' zone could do with its key.
func onlyForwards(t *testing.T, client *ssh.Client) {
	t.Helper()
	for _, command := range []string{"id", "sudo id", "internal-sftp", ""} {
		session, err := client.NewSession()
		if err != nil {
			continue
		}
		require.Error(t, session.RequestPty("xterm", 24, 80, nil), "no terminal")
		out, err := session.CombinedOutput(command)
		require.Error(t, err, "%q ran: %s", command, out)
		require.NotContains(t, string(out), "uid=")
		_ = session.Close()
	}
	listener, err := client.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		_ = listener.Close()
	}
	require.Error(t, err, "no port of the bastion is led to the client")
}

// dialAs logs in on a machine that is up with another key.
func dialAs(t *testing.T, b *box, key ssh.Signer) *ssh.Client {
	t.Helper()
	client, err := ssh.Dial("tcp", b.spec.PublicIP.String()+":22", &ssh.ClientConfig{
		User: b.login.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: b.login.check, HostKeyAlgorithms: []string{ssh.KeyAlgoED25519}, Timeout: 5 * time.Second,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// forward asks a bastion to forward a connection.
func forward(client *ssh.Client, address string) error {
	c, err := client.Dial("tcp", address)
	if err != nil {
		return fmt.Errorf("forward to %s: %w", address, err)
	}
	return c.Close()
}

type keyPair struct {
	pem    string
	public ssh.PublicKey
}

func (k keyPair) signer(t *testing.T) ssh.Signer {
	t.Helper()
	signer, err := ssh.ParsePrivateKey([]byte(k.pem))
	require.NoError(t, err)
	return signer
}

func newHostKey(t *testing.T) keyPair {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	require.NoError(t, err)
	return keyPair{pem: string(pem.EncodeToMemory(block)), public: signer.PublicKey()}
}

// login is who an SSH connection is made as, and whom it expects.
type login struct {
	user    string
	hostKey ssh.PublicKey // nil: any
}

func (l login) check(hostname string, remote net.Addr, key ssh.PublicKey) error {
	if l.hostKey == nil {
		return nil
	}
	return ssh.FixedHostKey(l.hostKey)(hostname, remote, key)
}
