package sshaccess

import (
	"context"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// Access is how to log in on a machine.
type Access struct {
	// User on the host and on the bastion alike.
	User string
	// Key is the operator's private key, OpenSSH PEM.
	Key []byte
	// Host is the machine. With a Bastion its address is a private one.
	Host Endpoint
	// Bastion is the way in, nil when Host can be dialled directly.
	Bastion *Endpoint
}

// Endpoint is an SSH server that we can recognise.
type Endpoint struct {
	Addr    string // host:port
	HostKey string // its public key, authorized_keys format
}

// dialTimeout bounds each of the two connections; a firewall that drops
// packets must not hang an operation.
const dialTimeout = 10 * time.Second

// Dial logs in. Cancelling ctx ends the attempt; the caller closes the client.
func Dial(ctx context.Context, a Access) (*ssh.Client, error) {
	key, err := ssh.ParsePrivateKey(a.Key)
	if err != nil {
		return nil, fmt.Errorf("ssh to %s: the operator's key is unreadable: %w", a.Host.Addr, err)
	}
	direct := &net.Dialer{Timeout: dialTimeout}
	if a.Bastion == nil {
		conn, err := direct.DialContext(ctx, "tcp", a.Host.Addr)
		if err != nil {
			return nil, fmt.Errorf("ssh to %s: %w", a.Host.Addr, err)
		}
		return handshake(ctx, conn, a.Host, a.User, key)
	}

	conn, err := direct.DialContext(ctx, "tcp", a.Bastion.Addr)
	if err != nil {
		return nil, fmt.Errorf("ssh to the bastion %s: %w", a.Bastion.Addr, err)
	}
	bastion, err := handshake(ctx, conn, *a.Bastion, a.User, key)
	if err != nil {
		return nil, fmt.Errorf("bastion: %w", err)
	}
	through, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err = bastion.DialContext(through, "tcp", a.Host.Addr)
	if err != nil {
		_ = bastion.Close()
		return nil, fmt.Errorf("ssh to %s through the bastion %s: %w", a.Host.Addr, a.Bastion.Addr, err)
	}
	host, err := handshake(ctx, conn, a.Host, a.User, key)
	if err != nil {
		_ = bastion.Close()
		return nil, err
	}
	// The bastion's connection lives as long as the one through it.
	go func() {
		_ = host.Wait()
		_ = bastion.Close()
	}()
	return host, nil
}

func handshake(ctx context.Context, conn net.Conn, e Endpoint, user string, key ssh.Signer) (*ssh.Client, error) {
	pinned, _, _, _, err := ssh.ParseAuthorizedKey([]byte(e.HostKey))
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("ssh to %s: no pinned host key: %w", e.Addr, err)
	}
	// The handshake itself takes no context: closing the connection ends it.
	limit, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	stop := context.AfterFunc(limit, func() { _ = conn.Close() })

	c, chans, reqs, err := ssh.NewClientConn(conn, e.Addr, &ssh.ClientConfig{
		User:              user,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback:   ssh.FixedHostKey(pinned),
		HostKeyAlgorithms: []string{pinned.Type()},
	})
	if !stop() && err == nil {
		err = context.Cause(limit)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("ssh to %s as %s: %w", e.Addr, user, err)
	}
	return ssh.NewClient(c, chans, reqs), nil
}
