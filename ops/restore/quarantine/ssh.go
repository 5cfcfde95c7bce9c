package quarantine

import (
	"context"
	_ "embed" // machine.py
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/hostscript"
)

//go:embed files/machine.py
var machine string

// script is all verbs: which one is part of the question.
func script() string { return hostscript.Source(machine) }

// SSH is the machine behind the bastion.
type SSH struct {
	stack string
	host  *hostscript.Host
	// held ends the session that holds the machine.
	held func()
}

var _ Machine = (*SSH)(nil)

// NewSSH speaks with the machine of a stack.
func NewSSH(stack string, access sshaccess.Access) *SSH {
	return &SSH{stack: stack, host: &hostscript.Host{Access: access, Name: "the machine of " + stack}}
}

type question struct {
	Verb    string `json:"verb"`
	Stack   string `json:"stack"`
	Request any    `json:"request"`
}

func (s *SSH) ask(ctx context.Context, what string, q question, answer any, say func(string)) error {
	q.Stack = s.stack
	return s.host.Ask(ctx, what, script(), q, answer, say)
}

// Hold keeps everybody else off the machine until Close. The machine lets go
// by itself of who is gone.
func (s *SSH) Hold(ctx context.Context, holder string) error {
	hold, cancel := context.WithCancel(context.WithoutCancel(ctx))
	waiting, release := io.Pipe()
	got := &first{there: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		q := question{Verb: "lock", Stack: s.stack, Request: map[string]string{"holder": holder}}
		ended <- s.host.Stream(hold, "begin", script(), q, waiting, got, nil)
	}()
	s.held = sync.OnceFunc(func() {
		_ = release.Close()
		cancel()
	})
	select {
	case <-got.there:
		return nil
	case err := <-ended:
		s.held()
		if err == nil {
			err = errors.New("the machine let go at once")
		}
		return err
	case <-ctx.Done():
		s.held()
		return ctx.Err()
	}
}

// first closes there at the first thing that is written.
type first struct {
	once  sync.Once
	there chan struct{}
}

func (f *first) Write(p []byte) (int, error) {
	f.once.Do(func() { close(f.there) })
	return len(p), nil
}

// Close lets go of the machine.
func (s *SSH) Close() error {
	if s.held != nil {
		s.held()
	}
	return s.host.Close()
}

// Prepare makes the machine ready.
func (s *SSH) Prepare(ctx context.Context, settings Settings, say func(string)) error {
	return s.ask(ctx, "prepare", question{Verb: "prepare", Request: settings}, nil, say)
}

// Pull gets an image.
func (s *SSH) Pull(ctx context.Context, image, registryToken string, say func(string)) error {
	q := question{Verb: "pull", Request: map[string]any{"images": []string{image}, "registryToken": registryToken}}
	return s.ask(ctx, "pull", q, nil, say)
}

// Run runs a container.
func (s *SSH) Run(ctx context.Context, c Container, say func(string)) (Output, error) {
	return s.run(ctx, question{Verb: "run", Request: c}, c.Role, say)
}

// Exec runs a command in one.
func (s *SSH) Exec(ctx context.Context, e Exec) (Output, error) {
	return s.run(ctx, question{Verb: "exec", Request: e}, e.Role, nil)
}

func (s *SSH) run(ctx context.Context, q question, role string, say func(string)) (Output, error) {
	var out Output
	if err := s.ask(ctx, "run "+role, q, &out, say); err != nil {
		return out, err
	}
	if out.Code != 0 {
		return out, &ExitError{Role: role, Output: out}
	}
	return out, nil
}

// Stop ends detached containers.
func (s *SSH) Stop(ctx context.Context, roles ...string) error {
	return s.ask(ctx, "stop", question{Verb: "stop", Request: map[string]any{"roles": roles}}, nil, nil)
}

// Empty removes what is in directories.
func (s *SSH) Empty(ctx context.Context, dirs ...string) error {
	return s.ask(ctx, "empty", question{Verb: "empty", Request: map[string]any{"dirs": dirs}}, nil, nil)
}

// Own changes who owns what is in a directory.
func (s *SSH) Own(ctx context.Context, dir, owner string) error {
	return s.ask(ctx, "own", question{Verb: "own", Request: map[string]string{"dir": dir, "owner": owner}}, nil, nil)
}

// Pack writes directories as a tar through zstd.
func (s *SSH) Pack(ctx context.Context, image string, dirs map[string]string, to io.Writer) error {
	q := question{Verb: "pack", Stack: s.stack, Request: map[string]any{"image": image, "dirs": dirs}}
	return s.host.Stream(ctx, "send", script(), q, nil, to, nil)
}

// Take keeps what is read.
func (s *SSH) Take(ctx context.Context, file string, from io.Reader) error {
	q := question{Verb: "take", Stack: s.stack, Request: map[string]string{"file": file}}
	return s.host.Stream(ctx, "take "+file, script(), q, from, io.Discard, nil)
}

// busy says what to do about a machine that somebody else holds.
func busy(stack string, err error) error {
	var f *fault.Fault
	if errors.As(err, &f) {
		err = f.Cause
	}
	return fault.New("use the machine of "+stack, "wait for it to end: there is one restore of a target at a time", fmt.Errorf("%w: %w", ErrBusy, err))
}

// ErrBusy says that another restore is at work in the quarantine.
var ErrBusy = errors.New("the quarantine is in use")
