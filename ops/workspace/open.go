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
	if o.Program != nil {
		if s.policies, err = policiesOf(o.Project, o.Env); err != nil {
			return nil, err
		}
	}
	if s.backend, err = backend.Open(o.Env); err != nil {
		return nil, err
	}
	if err := forgetTornAttributes(s.backend.URL, o.Stack); err != nil {
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
		if err := forgetTornAttributes(s.backend.URL, s.Name); err != nil {
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
