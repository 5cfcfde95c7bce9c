package workspace

import (
	"context"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
)

// Stack is one stack of the checkout, open.
type Stack struct {
	Name     string
	auto     auto.Stack
	engine   *engine
	backend  *backend.Backend
	progress *Lines
	policies policies
}

// Preview says what an up would do.
func (s *Stack) Preview(ctx context.Context, opts ...optpreview.Option) (Plan, error) {
	var plan Plan
	err := s.watched(ctx, "preview "+s.Name, &plan, func(ch chan<- events.EngineEvent) error {
		opts := append(s.policies.preview(), opts...)
		_, err := s.auto.Preview(ctx, append(opts, optpreview.EventStreams(ch), optpreview.SuppressProgress())...)
		return err
	})
	return plan, err
}

// Up makes it so.
func (s *Stack) Up(ctx context.Context, opts ...optup.Option) (Plan, error) {
	var plan Plan
	err := s.watched(ctx, "up "+s.Name, &plan, func(ch chan<- events.EngineEvent) error {
		opts := append(s.policies.up(), opts...)
		_, err := s.auto.Up(ctx, append(opts, optup.EventStreams(ch), optup.SuppressProgress(), optup.SuppressOutputs())...)
		return err
	})
	return plan, err
}

// Destroy deletes what the options select.
func (s *Stack) Destroy(ctx context.Context, opts ...optdestroy.Option) (Plan, error) {
	var plan Plan
	err := s.watched(ctx, "destroy "+s.Name, &plan, func(ch chan<- events.EngineEvent) error {
		_, err := s.auto.Destroy(ctx, append(opts, optdestroy.EventStreams(ch), optdestroy.SuppressProgress())...)
		return err
	})
	return plan, err
}

// Refresh reads the real world into the state.
func (s *Stack) Refresh(ctx context.Context, opts ...optrefresh.Option) (Plan, error) {
	var plan Plan
	err := s.watched(ctx, "refresh "+s.Name, &plan, func(ch chan<- events.EngineEvent) error {
		_, err := s.auto.Refresh(ctx, append(opts, optrefresh.EventStreams(ch), optrefresh.SuppressProgress())...)
		return err
	})
	return plan, err
}

// Cancel clears the stack's lock. The caller knows that its holder is dead.
func (s *Stack) Cancel(ctx context.Context) error {
	if err := s.auto.Cancel(ctx); err != nil {
		return s.explain("clear the lock of "+s.Name, err)
	}
	return nil
}

// Remove forgets an empty stack; its config file stays.
func (s *Stack) Remove(ctx context.Context) error {
	return s.run(ctx, "remove "+s.Name, "stack", "rm", "--yes", "--preserve-config", "--stack", s.Name)
}

// Drop takes a resource, and what depends on it, out of the state without touching it.
func (s *Stack) Drop(ctx context.Context, urn string) error {
	return s.run(ctx, "drop "+nameOf(urn)+" from the state of "+s.Name,
		"state", "delete", urn, "--yes", "--force", "--target-dependents", "--stack", s.Name)
}

// watched runs an operation with progress, and once more when a dead process's
// lock was in its way.
func (s *Stack) watched(ctx context.Context, what string, plan *Plan, run func(chan<- events.EngineEvent) error) error {
	return s.unlocked(ctx, func() error {
		c := collector{seen: map[string]bool{}, progress: s.progress}
		ch := make(chan events.EngineEvent)
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			for e := range ch {
				c.take(e)
			}
		}()
		done := make(chan struct{})
		go s.progress.Remind(done, 15*time.Second)
		err := run(ch)
		close(done)
		// The Automation API closes the channel, but not when it failed early.
		waitFor(drained, 2*time.Second)
		*plan = c.plan
		if err == nil {
			return nil
		}
		return s.failure(what, c.plan.Problems, err)
	})
}

func waitFor(done <-chan struct{}, limit time.Duration) {
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// failure prefers the engine's own diagnostics to a dump of its output.
func (s *Stack) failure(what string, problems []string, err error) error {
	if bad := s.policies.misconfigured(what, strings.Join(problems, "\n")+"\n"+s.engine.lastStderr()); bad != nil {
		return bad
	}
	next := "correct that and run the command again: it goes on where it stopped"
	if len(problems) > 0 {
		return fault.Newf(what, next, "%s", strings.Join(problems, "\n  "))
	}
	return s.explain(what, err)
}

// explain is an error of the Automation API without its dump.
func (s *Stack) explain(what string, err error) error {
	if text := lastLines(s.engine.lastStderr(), 4); text != "" {
		return fault.Newf(what, "", "%s", text)
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return fault.Newf(what, "", "%s", first)
}

func lastLines(text string, n int) string {
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n  ")
}
