package quarantine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/ledger"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks"
	"github.com/odooops/odooops/stacks/config"
)

// Shop is what all quarantines of a checkout have in common.
type Shop struct {
	Project *project.Project
	Env     map[string]string // of engine and cloud, for core
	Backend *backend.Backend
	// BackendID is the mark of core's backend.
	BackendID string
	// Repair looks at what an interrupted run left.
	Repair   workspace.Repairer
	Progress *workspace.Lines
	// Recorded: nothing boots, so nothing can be restored.
	Recorded bool
	Say      func(string)
	Now      func() time.Time
}

// Request for a quarantine.
type Request struct {
	// ID is its purpose: the stack is restore-ID, and there is one at a time.
	ID string
	// Platform is the stack that it stands on.
	Platform string
	// Source is the stack whose backup is restored, Target what it is for.
	Source, Target string
	Size           string
	VolumeSizeGB   int
	// OperatorKey is core's. Its host key is derived from it: any runner that
	// may log in knows the machine.
	OperatorKey string
	Owner       string
}

// Quarantine is one that is held.
type Quarantine struct {
	Machine
	Stack   string
	Outputs config.QuarantineOutputs

	shop *Shop
	ssh  *SSH
	stop func()
}

const (
	// life is how long a quarantine outlives the run that used it, at most: it
	// holds production's data.
	life = time.Hour
	// renew is how often a run says that it still needs it.
	renew = 10 * time.Minute
)

// Open makes the machine, or finds the one that an earlier run left, and holds
// it: there is one user at a time.
func (s *Shop) Open(ctx context.Context, r Request) (*Quarantine, error) {
	stack := config.RestoreStack(r.ID)
	if !config.IsRestore(stack) {
		return nil, fmt.Errorf("%q is no name of a quarantine", r.ID)
	}
	if s.Recorded {
		return nil, fault.Newf("restore from "+r.Source, "run odooops local stop --purge, then make up", "the local cloud keeps records only: no machine boots")
	}
	values, known, err := s.values(ctx, stack, r)
	if err != nil {
		return nil, err
	}
	st, err := s.open(ctx, stack, stacks.New(stacks.Options{Values: values}), true)
	if err != nil {
		return nil, err
	}
	// At once: without an end it would be a problem to every sweep.
	if err := s.extend(ctx, stack, map[string]string{index.Created: values["created"], index.Owner: values["owner"]}); err != nil {
		return nil, err
	}
	state, err := st.State(ctx)
	if err != nil {
		return nil, err
	}
	if len(state.Pending) > 0 {
		if err := st.Settle(ctx, s.Repair); err != nil {
			return nil, err
		}
	}
	if known {
		s.Say("going on in " + stack + ", which an earlier run left")
	}
	if err := workspace.Enter(s.folder(stack), s.Env); err != nil {
		return nil, err
	}
	_, err = st.Up(ctx)
	if errors.Is(err, workspace.ErrLocked) {
		return nil, busy(stack, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w\n  then run the same again: it goes on in %s", err, stack)
	}
	if state, err = st.State(ctx); err != nil {
		return nil, err
	}
	out, err := config.DecodeQuarantine(state.Outputs())
	if err != nil {
		return nil, err
	}
	q := &Quarantine{Stack: stack, Outputs: out, shop: s, ssh: NewSSH(stack, out.Access(r.OperatorKey))}
	q.Machine = q.ssh
	if err := q.ssh.Hold(ctx, ledger.Who()+" since "+s.Now().UTC().Format(time.RFC3339)); err != nil {
		_ = q.ssh.Close()
		return nil, busy(stack, err)
	}
	q.stop = s.keep(ctx, stack)
	return q, nil
}

// values are the stack's config: of one that is there, what it was made with.
func (s *Shop) values(ctx context.Context, stack string, r Request) (values map[string]string, known bool, err error) {
	values = map[string]string{
		"kind": config.KindRestore, "backendId": s.BackendID, "platform": r.Platform, "source": r.Source, "target": r.Target,
		"size": r.Size, "volumeSizeGb": strconv.Itoa(r.VolumeSizeGB), "owner": r.Owner,
		"created": s.Now().UTC().Format(time.RFC3339), "sshOperatorKey": r.OperatorKey,
		"hostKey": config.DeriveHostKey(strings.TrimSpace(r.OperatorKey), stack),
	}
	found, err := s.Backend.State(ctx, stack)
	if err != nil || found == nil {
		return values, false, err
	}
	tags, err := s.Backend.Tags(ctx, stack)
	if err != nil {
		return nil, true, err
	}
	// Also of one that was killed before it had outputs: other tags would be
	// another machine's.
	for name, tag := range map[string]string{"created": index.Created, "owner": index.Owner} {
		if tags[tag] != "" {
			values[name] = tags[tag]
		}
	}
	if out, err := config.DecodeQuarantine(workspace.StateOf(*found).Outputs()); err == nil {
		maps.Copy(values, map[string]string{
			"platform": out.Platform, "source": out.Source, "target": out.Target, "size": out.Size,
			"volumeSizeGb": strconv.Itoa(max(out.VolumeSizeGB, r.VolumeSizeGB)),
		})
	}
	return values, true, nil
}

// extend moves the stack's end to a life from now.
func (s *Shop) extend(ctx context.Context, stack string, more map[string]string) error {
	tags := map[string]string{index.ExpiresAt: s.Now().UTC().Add(life).Format(time.RFC3339)}
	maps.Copy(tags, more)
	return s.Backend.SetTags(ctx, stack, tags)
}

// keep moves the end on for as long as somebody is at work.
func (s *Shop) keep(ctx context.Context, stack string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(renew):
			}
			if err := s.extend(ctx, stack, nil); err != nil && ctx.Err() == nil {
				s.Say("warning: the end of " + stack + " could not be moved on: " + err.Error())
			}
		}
	}()
	return sync.OnceFunc(cancel)
}

// Close lets go of the machine, and leaves it as it is.
func (q *Quarantine) Close() error {
	q.stop()
	return q.ssh.Close()
}

// Destroy takes the machine away, with all that is on it.
func (q *Quarantine) Destroy(ctx context.Context) error {
	if err := q.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		q.shop.Say("warning: " + err.Error())
	}
	return q.shop.Destroy(ctx, q.Stack)
}

// Destroy takes a quarantine away. None is no error.
func (s *Shop) Destroy(ctx context.Context, stack string) error {
	if !config.IsRestore(stack) {
		return fault.Usage("destroy "+stack, "name a stack restore-…", "it is no quarantine")
	}
	st, err := s.open(ctx, stack, nil, false)
	if errors.Is(err, workspace.ErrNoStack) {
		return os.RemoveAll(s.folder(stack))
	}
	if err != nil {
		return err
	}
	state, err := st.State(ctx)
	if err != nil {
		return err
	}
	if len(state.Pending) > 0 {
		if err := st.Settle(ctx, s.Repair); err != nil {
			return err
		}
	}
	if _, err := st.Destroy(ctx); err != nil {
		return err
	}
	if err := st.Remove(ctx); err != nil {
		return err
	}
	// This process may be in the folder.
	if err := os.Chdir(s.Project.Root); err != nil {
		return err
	}
	return os.RemoveAll(s.folder(stack))
}

// folder is where the engine works for a stack: nothing of a quarantine lies in
// the checkout's root.
func (s *Shop) folder(stack string) string { return s.Project.Private("restores", stack) }

func (s *Shop) open(ctx context.Context, stack string, program pulumi.RunFunc, create bool) (*workspace.Stack, error) {
	dir, err := s.Project.MakePrivate("restores", stack)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(filepath.Join(s.Project.Root, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("prepare the folder of %s: %w", stack, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), content, 0o600); err != nil {
		return nil, fmt.Errorf("prepare the folder of %s: %w", stack, err)
	}
	return workspace.Open(ctx, workspace.Options{
		Project: s.Project, Stack: stack, Program: program, Env: s.Env, Progress: s.Progress, Create: create, WorkDir: dir,
	})
}

// Mark is a name as the marks of a machine can hold it.
func Mark(name string) string {
	mark := strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '-'
	}, name)
	return strings.Trim(mark[:min(len(mark), 39)], "-")
}
