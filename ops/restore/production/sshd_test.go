package production

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/sshaccess"
)

// sshd lets this computer be logged in on, with the test's paths for a host's.
func (s *site) sshd() sshaccess.Access {
	s.t.Helper()
	key := func() (ssh.Signer, []byte) {
		_, private, err := ed25519.GenerateKey(nil)
		require.NoError(s.t, err)
		signer, err := ssh.NewSignerFromKey(private)
		require.NoError(s.t, err)
		return signer, marshal(s.t, private)
	}
	hostKey, _ := key()
	operator, operatorKey := key()
	conf := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
		if !bytes.Equal(k.Marshal(), operator.PublicKey().Marshal()) {
			return nil, errors.New("another key")
		}
		return nil, nil
	}}
	conf.AddHostKey(hostKey)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn, conf)
		}
	}()
	return sshaccess.Access{User: "ops", Key: operatorKey, Host: sshaccess.Endpoint{
		Addr: listener.Addr().String(), HostKey: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(hostKey.PublicKey()))),
	}}
}

func (s *site) serve(conn net.Conn, conf *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(conn, conf)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, asks, err := c.Accept()
		if err != nil {
			return
		}
		go func() {
			for ask := range asks {
				var exe struct{ Command string }
				if ask.Type != "exec" || ssh.Unmarshal(ask.Payload, &exe) != nil {
					_ = ask.Reply(false, nil)
					continue
				}
				_ = ask.Reply(true, nil)
				go s.execute(channel, exe.Command)
			}
		}()
	}
}

func (s *site) execute(channel ssh.Channel, command string) {
	reach := `"` + strings.Join(s.reach(), `", "`) + `"`
	command = strings.NewReplacer(
		`DATA = "/data"`, `DATA = "`+s.dir+`"`,
		`"--volume", "/etc/ssl/certs:/etc/ssl/certs:ro"`, reach,
	).Replace(strings.TrimPrefix(command, "sudo -n "))
	cmd := exec.Command("sh", "-c", command)
	in, _ := cmd.StdinPipe()
	stderr, _ := cmd.StderrPipe()
	cmd.Stdout = channel
	status := struct{ Code uint32 }{}
	if err := cmd.Start(); err == nil {
		go func() { _, _ = io.Copy(in, channel); _ = in.Close() }()
		// A client that went away closes the script's stderr, as sshd does.
		if _, err := io.Copy(channel.Stderr(), stderr); err != nil {
			_ = stderr.Close()
		}
		if err := cmd.Wait(); err != nil {
			status.Code = 1
		}
	}
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(status))
	_ = channel.Close()
}

func marshal(t *testing.T, key ed25519.PrivateKey) []byte {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	require.NoError(t, err)
	return pem.EncodeToMemory(block)
}
