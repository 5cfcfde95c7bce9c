package hostscript

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/ops/fault"
)

// Host is a machine behind SSH. The first question opens the connection.
type Host struct {
	Access sshaccess.Access
	// Name is for errors: "the host of production".
	Name string

	mu     sync.Mutex
	client *ssh.Client
}

// Connect opens the connection ahead of the first question.
func (h *Host) Connect(ctx context.Context) error {
	_, err := h.connect(ctx)
	return err
}

func (h *Host) connect(ctx context.Context) (*ssh.Client, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.client != nil {
		return h.client, nil
	}
	client, err := sshaccess.Dial(ctx, h.Access)
	if err != nil {
		return nil, fault.New("reach "+h.Name, "run odooops status", err)
	}
	h.client = client
	return client, nil
}

// session opens one on the connection, and once more on a new connection when
// the old one broke: minutes may lie between two questions.
func (h *Host) session(ctx context.Context) (*ssh.Client, *ssh.Session, error) {
	for attempt := 0; ; attempt++ {
		client, err := h.connect(ctx)
		if err != nil {
			return nil, nil, err
		}
		session, err := client.NewSession()
		if err == nil {
			return client, session, nil
		}
		h.drop(client)
		if attempt > 0 {
			return nil, nil, fault.New("reach "+h.Name, "run odooops status", err)
		}
	}
}

func (h *Host) drop(client *ssh.Client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = client.Close()
	if h.client == client {
		h.client = nil
	}
}

// Close ends the connection.
func (h *Host) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.client == nil {
		return nil
	}
	err := h.client.Close()
	h.client = nil
	return err
}

// Ask runs a script and reads its answer into answer, which may be nil.
func (h *Host) Ask(ctx context.Context, what, source string, request, answer any, say func(string)) error {
	var out bytes.Buffer
	if err := h.Stream(ctx, what, source, request, nil, &out, say); err != nil {
		return err
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(out.Bytes(), answer); err != nil {
		return fmt.Errorf("%s on %s: unexpected answer %.200q", what, h.Name, out.Bytes())
	}
	return nil
}

// Stream runs a script whose stdin goes on with in behind the request, and
// whose stdout goes to out. Either may be nil.
func (h *Host) Stream(ctx context.Context, what, source string, request any, in io.Reader, out io.Writer, say func(string)) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	stdin := io.Reader(bytes.NewReader(append(line, '\n')))
	if in != nil {
		stdin = io.MultiReader(stdin, in)
	}
	client, session, err := h.session(ctx)
	if err != nil {
		return err
	}
	if err := run(ctx, client, session, "sudo -n python3 -c "+Quote(source), stdin, out, say); err != nil {
		return fault.New(what+" on "+h.Name, "", err)
	}
	return nil
}

// Quote makes one word of a shell's command line.
func Quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func run(ctx context.Context, client *ssh.Client, session *ssh.Session, cmd string, stdin io.Reader, stdout io.Writer, say func(string)) error {
	defer session.Close()
	// A dead connection answers nothing, not even a close: only dropping the
	// whole client unblocks the session.
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()

	in, err := session.StdinPipe()
	if err != nil {
		return err
	}
	session.Stdout = stdout
	stderr, err := session.StderrPipe()
	if err != nil {
		return err
	}
	if err := session.Start(cmd); err != nil {
		return err
	}
	// Not by session.Stdin: its Wait would wait for a reader of ours that the
	// script's end leaves with nobody to read for.
	fed := make(chan error, 1)
	go func() {
		_, err := io.Copy(in, stdin)
		_ = in.Close()
		fed <- err
	}()
	failed, last := follow(stderr, say)
	if err := session.Wait(); err != nil {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case failed != "":
			return errors.New(failed)
		case last != "":
			return fmt.Errorf("%w: %s", err, last)
		}
		return err
	}
	select {
	case err := <-fed:
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("what was sent broke off: %w", err)
		}
	default: // the script ended well without reading to the end
	}
	return nil
}
