package sshaccess

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Run runs one command and returns what it printed on stdout. The error of a
// command that failed holds its stderr.
func Run(ctx context.Context, client *ssh.Client, cmd string) (string, error) {
	session, err := client.NewSession()
	if err != nil {
		return "", fmt.Errorf("run %q: %w", cmd, err)
	}
	defer session.Close()
	// A dead connection answers nothing, not even a close: only dropping the
	// whole client unblocks the session.
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()

	var stdout, stderr bytes.Buffer
	session.Stdout, session.Stderr = &stdout, &stderr
	if err := session.Run(cmd); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		if text := strings.TrimSpace(stderr.String()); text != "" {
			return stdout.String(), fmt.Errorf("run %q: %w: %s", cmd, err, text)
		}
		return stdout.String(), fmt.Errorf("run %q: %w", cmd, err)
	}
	return stdout.String(), nil
}
