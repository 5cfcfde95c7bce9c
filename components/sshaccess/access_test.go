package sshaccess_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/sshaccess"
)

// throughBastion is a host, a bastion in front of it, and how to log in.
func throughBastion(t *testing.T) (*server, sshaccess.Access) {
	t.Helper()
	key, signer, _ := newKey(t)
	bastion, host := newServer(t, signer.PublicKey()), newServer(t, signer.PublicKey())
	host.answer = func(cmd string) (string, string, uint32) { return "ran " + cmd, "", 0 }
	return host, sshaccess.Access{User: "ops", Key: key, Host: host.Endpoint, Bastion: &bastion.Endpoint}
}

func run(t *testing.T, a sshaccess.Access, cmd string) (string, error) {
	t.Helper()
	client, err := sshaccess.Dial(t.Context(), a)
	require.NoError(t, err)
	defer client.Close()
	return sshaccess.Run(t.Context(), client, cmd)
}

func TestACommandRunsOnTheHostThroughTheBastion(t *testing.T) {
	_, a := throughBastion(t)
	out, err := run(t, a, "uptime")
	require.NoError(t, err)
	assert.Equal(t, "ran uptime", out)
}

func TestAFailedCommandSaysWhatItPrinted(t *testing.T) {
	host, a := throughBastion(t)
	host.answer = func(string) (string, string, uint32) { return "", "no such container", 1 }
	_, err := run(t, a, "docker stop x")
	assert.ErrorContains(t, err, "docker stop x")
	assert.ErrorContains(t, err, "no such container")
}

func TestAHostThatIsNotTheOneWePinnedIsRefused(t *testing.T) {
	_, a := throughBastion(t)
	_, _, a.Host.HostKey = newKey(t)
	_, err := sshaccess.Dial(t.Context(), a)
	assert.ErrorContains(t, err, "host key mismatch")
}

func TestABastionThatIsNotTheOneWePinnedIsRefused(t *testing.T) {
	_, a := throughBastion(t)
	_, _, a.Bastion.HostKey = newKey(t)
	_, err := sshaccess.Dial(t.Context(), a)
	assert.ErrorContains(t, err, "bastion")
}

func TestNobodyIsTrustedOnFirstUse(t *testing.T) {
	_, a := throughBastion(t)
	a.Host.HostKey = ""
	_, err := sshaccess.Dial(t.Context(), a)
	assert.ErrorContains(t, err, "no pinned host key")
}

func TestACancelledCommandEndsThoughTheHostSaysNothing(t *testing.T) {
	host, a := throughBastion(t)
	silent := make(chan struct{})
	t.Cleanup(func() { close(silent) })
	host.answer = func(string) (string, string, uint32) { <-silent; return "", "", 0 }
	client, err := sshaccess.Dial(t.Context(), a)
	require.NoError(t, err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = sshaccess.Run(ctx, client, "sleep")
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestDockerIsAskedForUntilItAnswers(t *testing.T) {
	host, a := throughBastion(t)
	asked := 0
	host.answer = func(string) (string, string, uint32) {
		if asked++; asked == 1 {
			return "", "Cannot connect to the Docker daemon", 1
		}
		return "26.1.5\n", "", 0
	}
	require.NoError(t, sshaccess.WaitDocker(t.Context(), a, time.Minute))
	assert.Equal(t, 2, asked)
}

func TestAHostThatIsDownIsNotWaitedForForever(t *testing.T) {
	_, a := throughBastion(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	a.Host.Addr = l.Addr().String()
	require.NoError(t, l.Close())
	start := time.Now()
	err = sshaccess.WaitDocker(t.Context(), a, 500*time.Millisecond)
	assert.ErrorContains(t, err, a.Host.Addr)
	assert.ErrorContains(t, err, "systemctl status docker data-volume")
	assert.Less(t, time.Since(start), 5*time.Second)
}

// The docker provider runs ssh itself: what we write must work for it.
func TestClientFilesLeadTheSSHCommandThroughTheBastion(t *testing.T) {
	ssh, err := exec.LookPath("ssh")
	require.NoError(t, err, "the docker provider needs ssh: apt-get install openssh-client")
	host, a := throughBastion(t)
	dir := filepath.Join(t.TempDir(), "a checkout", "ssh")
	require.NoError(t, sshaccess.WriteClientFiles(dir, a))
	for _, name := range []string{"config", "known_hosts", "key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}

	address, _, err := net.SplitHostPort(host.Addr)
	require.NoError(t, err)
	// As the provider's connection helper puts it.
	cmd := exec.CommandContext(t.Context(), ssh, "-F", filepath.Join(dir, "config"), "-l", "ops", "--", address, "docker", "system", "dial-stdio")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, "ran docker system dial-stdio", string(out))
}

func TestClientFilesThatAreRightAreLeftAlone(t *testing.T) {
	_, a := throughBastion(t)
	dir := t.TempDir()
	require.NoError(t, sshaccess.WriteClientFiles(dir, a))
	before, err := os.Stat(filepath.Join(dir, "key"))
	require.NoError(t, err)
	require.NoError(t, sshaccess.WriteClientFiles(dir, a))
	after, err := os.Stat(filepath.Join(dir, "key"))
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after))
}
