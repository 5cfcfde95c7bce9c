package restore

import (
	"context"
	"fmt"
	"io"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/generation"
	"github.com/odooops/odooops/stacks/config"
)

// Staging is a target on a host of its own.
type Staging struct {
	Stack string
	Out   config.OdooOutputs
	// Key is of this run.
	Key string
	// By is the operator.
	By string
	// PostgresPassword and DatabasePassword are of the stack's roles. Secret.
	PostgresPassword, DatabasePassword string
	Own                                Identity
	Host                               Generations
	// Smoke looks at it as its users do.
	Smoke func(ctx context.Context) error

	before string // the generation that was served
}

// Generations are those of a host: *generation.Host.
type Generations interface {
	List(ctx context.Context) (generation.Listing, error)
	Prepare(ctx context.Context, m generation.Making) (generation.Prepared, error)
	Receive(ctx context.Context, id, image string, tarZstd io.Reader, say func(string)) error
	Adopt(ctx context.Context, id, image string, own generation.Own, say func(string)) error
	Finish(ctx context.Context, id string, g generation.Generation) error
	Flip(ctx context.Context, id string, containers []string, say func(string)) (generation.Flipped, error)
	Discard(ctx context.Context, id string) error
	Retire(ctx context.Context, keep int) ([]string, error)
}

var _ Generations = (*generation.Host)(nil)

// Name of the stack.
func (s *Staging) Name() string { return s.Stack }

// Identity of the stack.
func (s *Staging) Identity() Identity { return s.Own }

// Images that it runs.
func (s *Staging) Images() Images {
	return Images{Odoo: s.Out.Images.Odoo, Postgres: s.Out.Images.Postgres}
}

// Check that the host answers, and that no switch is half made.
func (s *Staging) Check(ctx context.Context) error {
	l, err := s.Host.List(ctx)
	if err != nil {
		return err
	}
	if l.Interrupted != nil {
		// A kill left it: users may have nothing at all.
		if _, err := s.Host.Flip(ctx, l.Interrupted.From, s.containers(), nil); err != nil {
			return fault.New("finish a switch that was interrupted", "run odooops restore "+s.Stack+" --rollback", err)
		}
		l.Current = l.Interrupted.From
	}
	s.before = l.Current
	return nil
}

func (s *Staging) containers() []string { return generation.StartOrder(s.Out.Containers) }

// Publish makes a generation that nobody uses yet.
func (s *Staging) Publish(ctx context.Context, p Publication, say func(string)) (string, error) {
	made, err := s.Host.Prepare(ctx, generation.Making{Key: s.Key, NeedBytes: p.Bytes})
	if err != nil {
		return "", err
	}
	if made.Finished {
		return made.ID, nil
	}
	err = stream(ctx, p.Stream, func(ctx context.Context, r io.Reader) error {
		return s.Host.Receive(ctx, made.ID, s.Out.Images.Postgres, r, say)
	})
	if err != nil {
		return "", s.discard(ctx, made.ID, err)
	}
	// The rows are masked for this environment; the roles are the cluster's.
	err = s.Host.Adopt(ctx, made.ID, s.Out.Images.Postgres, generation.Own{
		Database: s.Out.Database, User: s.Out.Database,
		Password: s.DatabasePassword, PostgresPassword: s.PostgresPassword,
	}, say)
	if err == nil {
		err = s.Host.Finish(ctx, made.ID, generation.Generation{Source: p.Source, Backup: p.Backup, At: p.At, By: s.By})
	}
	if err != nil {
		return "", s.discard(ctx, made.ID, err)
	}
	return made.ID, nil
}

// discard removes a generation that came to nothing.
func (s *Staging) discard(ctx context.Context, id string, err error) error {
	if failed := s.Host.Discard(context.WithoutCancel(ctx), id); failed != nil {
		return fmt.Errorf("%w; and %s is still on the host: %w", err, id, failed)
	}
	return err
}

// Switch to it. What does not get healthy is switched back by the host.
func (s *Staging) Switch(ctx context.Context, id string, say func(string)) error {
	f, err := s.Host.Flip(ctx, id, s.containers(), say)
	if err != nil {
		return s.discard(ctx, id, err)
	}
	say(fmt.Sprintf("%s instead of %s; nothing was served for %.1f s", f.To, f.From, f.Seconds))
	return nil
}

// Answer has it looked at, and takes the old data back when it fails.
func (s *Staging) Answer(ctx context.Context, id string, say func(string)) error {
	err := s.Smoke(ctx)
	if err == nil {
		gone, err := s.Host.Retire(ctx, generation.Keep)
		if len(gone) > 0 {
			say(fmt.Sprintf("removed the old generations %v", gone))
		}
		if err != nil {
			return fmt.Errorf("remove old generations, now that %w: %w", ErrSwitched, err)
		}
		return nil
	}
	say("it does not pass: back to " + s.before)
	end := context.WithoutCancel(ctx)
	if _, back := s.Host.Flip(end, s.before, s.containers(), say); back != nil {
		return fault.New("take the old data back", "run odooops restore "+s.Stack+" --rollback", fmt.Errorf("%w: %w, after %w", ErrSwitched, back, err))
	}
	return s.discard(end, id, err)
}
