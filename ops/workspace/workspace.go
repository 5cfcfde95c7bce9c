package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
)

// Options open a stack.
type Options struct {
	Project  *project.Project
	Stack    string
	Program  pulumi.RunFunc    // nil for what runs no program: destroy, state
	Env      map[string]string // engine and cloud, on top of this process's environment
	Progress *Lines
	Create   bool // make the stack when the backend has none
	// Unknown says that the caller has looked and the backend has no such
	// stack: it is made without asking once more.
	Unknown bool
	// WorkDir holds Pulumi.yaml and the stack's file, and is where providers
	// run; empty is the checkout. A preview has a folder of its own.
	WorkDir string
}

// Stack is one stack of the checkout, open.
type Stack struct {
	Name     string
	auto     auto.Stack
	engine   *engine
	backend  *backend.Backend
	progress *Lines
}

// ErrNoStack says that the backend has no such stack (yet).
var ErrNoStack = errors.New("the backend has no such stack")

// Open selects the stack, or creates it.
func Open(ctx context.Context, o Options) (*Stack, error) {
	if err := o.Project.CheckEngine(); err != nil {
		return nil, err
	}
	eng, err := newEngine(ctx, o.Env)
	if err != nil {
		return nil, err
	}
	dir := o.WorkDir
	if dir == "" {
		dir = o.Project.Root
	}
	opts := []auto.LocalWorkspaceOption{auto.WorkDir(dir), auto.Pulumi(eng), auto.EnvVars(o.Env)}
	if o.Program != nil {
		opts = append(opts, auto.Program(o.Program))
	}
	ws, err := auto.NewLocalWorkspace(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("open the workspace of %s: %w", o.Stack, err)
	}
	s := &Stack{Name: o.Stack, engine: eng, progress: o.Progress}
	if s.backend, err = backend.Open(o.Env); err != nil {
		return nil, err
	}
	if isTorn(s.backend.URL, o.Stack) {
		if err := s.mend(ctx); err != nil {
			return nil, err
		}
	}
	if !o.Unknown {
		s.auto, err = s.find(ctx, ws)
	}
	if o.Unknown || err != nil && auto.IsSelectStack404Error(err) {
		if !o.Create {
			return nil, fault.New("open "+o.Stack, "run odooops up "+o.Stack, ErrNoStack)
		}
		if err := s.freed(ctx); err != nil {
			return nil, err
		}
		s.auto, err = auto.NewStack(ctx, o.Stack, ws)
	}
	if err != nil {
		if l, isLock := findLock(s.engine.lastStderr() + err.Error()); isLock {
			return nil, l.fault(o.Stack)
		}
		return nil, s.explain("open "+o.Stack, err)
	}
	return s, nil
}

// freed clears the lock of a run of this computer that was killed while it
// made the stack: the engine can't, as there is no stack yet.
func (s *Stack) freed(ctx context.Context) error {
	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	held, err := s.backend.Locks(ctx, s.Name)
	if err != nil || len(held) == 0 {
		return err
	}
	for _, l := range held {
		if holderOf(Lock(l), hostname) != dead {
			return nil // the engine says whose it is
		}
	}
	return s.backend.Unlock(ctx, s.Name)
}

// beingWritten is how often a state that can't be read is read again.
const beingWritten = 10

// find selects the stack. An engine that outlived its killed operator may be
// writing the state just now, and a file backend writes in place.
func (s *Stack) find(ctx context.Context, ws auto.Workspace) (auto.Stack, error) {
	for attempt := 0; ; attempt++ {
		found, err := auto.SelectStack(ctx, s.Name, ws)
		if err == nil || attempt == beingWritten ||
			!strings.Contains(s.engine.lastStderr()+err.Error(), "failed to load checkpoint") {
			return found, err
		}
		if isTorn(s.backend.URL, s.Name) {
			if err := s.mend(ctx); err != nil {
				return found, err
			}
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// mend repairs a state that a kill tore. A moment's patience first: it may
// only be in the middle of being written.
func (s *Stack) mend(ctx context.Context) error {
	time.Sleep(time.Second)
	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	mended, err := mend(ctx, s.backend, s.Name, hostname)
	if mended {
		s.progress.Say("the state of " + s.Name + " was torn by a run that was killed: mended from its copy")
	}
	return err
}

// newEngine finds pulumi on the engine's own PATH (bin/ first).
func newEngine(ctx context.Context, env map[string]string) (*engine, error) {
	path := ""
	for _, dir := range strings.Split(env["PATH"], string(os.PathListSeparator)) {
		if p, err := exec.LookPath(dir + "/pulumi"); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		return nil, fault.New("find the engine", "run make tools", errors.New("no pulumi in bin/ or on PATH"))
	}
	e := &engine{path: path, env: env}
	out, _, _, err := e.Run(ctx, ".", nil, nil, nil, nil, "version")
	if err != nil {
		return nil, fault.New("run "+path+" version", "run make tools", err)
	}
	e.version, err = semver.ParseTolerant(strings.TrimSpace(out))
	if err != nil {
		return nil, fault.New("read the version of "+path, "run make tools", err)
	}
	return e, nil
}

// Preview says what an up would do.
func (s *Stack) Preview(ctx context.Context, opts ...optpreview.Option) (Plan, error) {
	var plan Plan
	err := s.watched(ctx, "preview "+s.Name, &plan, func(ch chan<- events.EngineEvent) error {
		_, err := s.auto.Preview(ctx, append(opts, optpreview.EventStreams(ch), optpreview.SuppressProgress())...)
		return err
	})
	return plan, err
}

// Up makes it so.
func (s *Stack) Up(ctx context.Context, opts ...optup.Option) (Plan, error) {
	var plan Plan
	err := s.watched(ctx, "up "+s.Name, &plan, func(ch chan<- events.EngineEvent) error {
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

// unlocked runs an operation, and once more when a dead process's lock was in
// its way.
func (s *Stack) unlocked(ctx context.Context, run func() error) error {
	for attempt := 0; ; attempt++ {
		err := run()
		if err == nil {
			return nil
		}
		l, isLock := lockOf(err)
		if !isLock {
			l, isLock = findLock(s.engine.lastStderr() + err.Error())
		}
		if !isLock {
			return err
		}
		if attempt > 0 || !s.clear(ctx, l) {
			return l.fault(s.Name)
		}
	}
}

// idle returns when nobody is at work on the stack: a dead run's lock is
// cleared, and a run whose operator is gone is waited for. The engine says who
// holds a stack only when it wants to change it; whoever looks at the world
// before that has to ask here, or it takes half of what a living run makes.
func (s *Stack) idle(ctx context.Context) error {
	return s.unlocked(ctx, func() error {
		held, err := s.backend.Locks(ctx, s.Name)
		if err != nil || len(held) == 0 {
			return err
		}
		return heldError{Lock(held[0])}
	})
}

// clear removes the lock of a process of this computer that is gone, and waits
// for one whose operator is gone. All other locks stay.
func (s *Stack) clear(ctx context.Context, l Lock) bool {
	hostname, err := os.Hostname()
	if err != nil {
		return false
	}
	state := holderOf(l, hostname)
	if state == orphan {
		s.progress.Say(fmt.Sprintf("an earlier run was killed; its engine (pid %d) is finishing the steps in flight", l.PID))
		deadline := time.Now().Add(orphanWait)
		for state == orphan && time.Now().Before(deadline) && ctx.Err() == nil {
			time.Sleep(500 * time.Millisecond)
			state = holderOf(l, hostname)
		}
	}
	if state != dead {
		return false
	}
	s.progress.Say(fmt.Sprintf("the lock of %s is of an earlier run that was killed (pid %d, %s): cleared", s.Name, l.PID, l.At))
	if err := s.Cancel(ctx); err != nil {
		// The orphan may have removed its own lock in the meantime.
		return strings.Contains(err.Error(), "no") || ctx.Err() == nil
	}
	return true
}

func waitFor(done <-chan struct{}, limit time.Duration) {
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// failure prefers the engine's own diagnostics to a dump of its output.
func (s *Stack) failure(what string, problems []string, err error) error {
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
