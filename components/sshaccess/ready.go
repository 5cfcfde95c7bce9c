package sshaccess

import (
	"context"
	"fmt"
	"time"
)

const (
	// askTimeout bounds one question: a Docker that waits for its volume
	// accepts the question and never answers.
	askTimeout = 15 * time.Second
	askEvery   = 500 * time.Millisecond
)

// WaitDocker waits until Docker answers on the host, at most timeout. An open
// port 22 says little: sshd is up long before Docker is.
func WaitDocker(ctx context.Context, a Access, timeout time.Duration) error {
	limit, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		err := askDocker(limit, a)
		if err == nil {
			return nil
		}
		select {
		case <-limit.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("no Docker at %s after %s: %w; on the machine look at "+
				"`systemctl status docker data-volume` and `cloud-init status --long`", a.Host.Addr, timeout, err)
		case <-time.After(askEvery):
		}
	}
}

func askDocker(ctx context.Context, a Access) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	client, err := Dial(ctx, a)
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = Run(ctx, client, "docker version --format '{{.Server.Version}}'")
	return err
}
