package ttl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/github"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
)

// Backend is what the sweep asks a zone's backend.
type Backend interface {
	// Check refuses a backend that is not marked as the zone's with this id.
	Check(ctx context.Context, zone config.Zone, id string) error
	Stacks(ctx context.Context) ([]string, error)
	Tags(ctx context.Context, stack string) (map[string]string, error)
	// Locked are the stacks with a lock, whether or not they have a state.
	Locked(ctx context.Context) ([]string, error)
}

// Source finds things that should have a stack, and takes one away.
type Source interface {
	Name() string
	Things(ctx context.Context) ([]Thing, error)
	Remove(ctx context.Context, t Thing) error
}

// Options of a sweep.
type Options struct {
	Zone    config.Zone
	Backend Backend
	// BackendID is the mark that the checkout's config means.
	BackendID string
	// HostStack must be in the previews' backend: without it the backend is
	// not the one that made what is there. In core it is the platform.
	HostStack string
	// Kind says what a stack is, by its config file; previews go by their name.
	Kind func(stack string) string
	// PullRequests is nil when nobody asks GitHub.
	PullRequests github.PullRequests
	Sources      []Source
	Destroy      func(ctx context.Context, stack string) error
	// Parallel is how many are destroyed at once.
	Parallel int
	DryRun   bool
	Now      time.Time
	Say      func(string)
}

// Result of a sweep.
type Result struct {
	Zone    string  `json:"zone"`
	Rows    []Row   `json:"rows"`
	Removed int     `json:"removed"`
	Kept    int     `json:"kept"`
	Locked  int     `json:"locked"`
	Failed  int     `json:"failed"`
	Invalid int     `json:"invalid"`
	Seconds float64 `json:"seconds"`
	// Problems are what could not be looked at.
	Problems []string `json:"problems,omitempty"`
}

// Sweep looks at everything, then takes what has ended. The error says that
// something needs a person, or another sweep; the result is whole all the same.
func Sweep(ctx context.Context, o Options) (Result, error) {
	began := time.Now()
	r := Result{Zone: string(o.Zone), Rows: []Row{}}
	stacks, err := o.trust(ctx)
	if err != nil {
		return r, err
	}
	closed, err := o.closed(ctx, stacks)
	if err != nil {
		// Not knowing which are open is no reason to let the expired live.
		r.Problems = append(r.Problems, err.Error())
	}
	if r.Rows, err = o.judgeAll(ctx, stacks, closed); err != nil {
		return r, err
	}
	if err := o.lookAgain(ctx, r.Rows, closed); err != nil {
		return r, err
	}
	locked, err := o.Backend.Locked(ctx)
	if err != nil {
		return r, fmt.Errorf("look for locks: %w", err)
	}
	o.orphans(ctx, &r, stacks, locked)
	o.act(ctx, r.Rows)
	r.count()
	r.Seconds = time.Since(began).Round(10 * time.Millisecond).Seconds()
	return r, r.verdict()
}

// trust refuses a backend that may not be the one that made what is there.
func (o Options) trust(ctx context.Context) (stacks []string, err error) {
	const next = "nothing was removed; check zones.yaml, PULUMI_BACKEND_URL and the backend's key"
	what := "sweep zone " + string(o.Zone)
	if o.BackendID == "" {
		return nil, fault.Newf(what, "run odooops init", "its config has no backendId: nothing was removed")
	}
	if err := o.Backend.Check(ctx, o.Zone, o.BackendID); err != nil {
		return nil, fault.New(what, next, err)
	}
	if stacks, err = o.Backend.Stacks(ctx); err != nil {
		return nil, fault.New(what, next, err)
	}
	if !slices.Contains(stacks, o.HostStack) {
		return nil, fault.Newf(what, next, "its backend has no stack %s: it is empty, or another one", o.HostStack)
	}
	return stacks, nil
}

// closed are the pull requests among the stacks that GitHub calls closed.
func (o Options) closed(ctx context.Context, stacks []string) (map[int]bool, error) {
	if o.PullRequests == nil || o.Zone != config.Previews {
		return nil, nil
	}
	var numbers []int
	for _, s := range stacks {
		if n := numberOf(s); n > 0 {
			numbers = append(numbers, n)
		}
	}
	states, err := o.PullRequests.States(ctx, numbers)
	if err != nil {
		return nil, fmt.Errorf("ask which pull requests are closed: %w", err)
	}
	closed := map[int]bool{}
	for n, state := range states {
		closed[n] = state == github.Closed
	}
	return closed, nil
}

func (o Options) judgeAll(ctx context.Context, stacks []string, closed map[int]bool) ([]Row, error) {
	rows, errs := make([]Row, len(stacks)), make([]error, len(stacks))
	o.each(len(stacks), func(i int) {
		var tags map[string]string
		tags, errs[i] = o.Backend.Tags(ctx, stacks[i])
		rows[i] = judge(o.Zone, o.Kind(stacks[i]), stacks[i], tags, closed, o.Now)
	})
	return rows, errors.Join(errs...)
}

// newStack is how long a stack may be there before its end is told.
const newStack = 2 * time.Second

// lookAgain gives those without an end a moment: they may just be being made.
func (o Options) lookAgain(ctx context.Context, rows []Row, closed map[int]bool) error {
	waited := false
	for i, row := range rows {
		if row.Reason != Invalid {
			continue
		}
		if !waited {
			waited = true
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(newStack):
			}
		}
		tags, err := o.Backend.Tags(ctx, row.Name)
		if err != nil {
			return err
		}
		rows[i] = judge(o.Zone, o.Kind(row.Name), row.Name, tags, closed, o.Now)
		if stacks, err := o.Backend.Stacks(ctx); err == nil && !slices.Contains(stacks, row.Name) {
			rows[i].Reason, rows[i].Detail = Living, "it has just ended"
		}
	}
	return nil
}

// orphans adds what has no stack. A source that can't be asked is a problem,
// and no reason to leave the others.
func (o Options) orphans(ctx context.Context, r *Result, stacks, locked []string) {
	for _, s := range o.Sources {
		things, err := s.Things(ctx)
		if err != nil {
			r.Problems = append(r.Problems, "look at "+s.Name()+": "+err.Error())
			continue
		}
		for _, t := range things {
			row := consider(t, o.BackendID, stacks, locked, o.Now)
			if row.Reason == Living {
				continue // its stack has a row
			}
			if row.orphan != nil {
				row.orphan.Extra = source{s, row.orphan.Extra}
			}
			r.Rows = append(r.Rows, row)
		}
	}
}

// source goes along with an orphan to its removal.
type source struct {
	of    Source
	extra any
}

// act takes what has ended: stacks first and together, then orphans in the
// order that lets them go: containers before networks and volumes.
func (o Options) act(ctx context.Context, rows []Row) {
	var stacks, orphans []int
	for i, row := range rows {
		switch {
		case row.What == "stack" && (row.Reason == Expired || row.Reason == Closed):
			stacks = append(stacks, i)
		case row.Reason == Orphan:
			orphans = append(orphans, i)
		}
	}
	if o.DryRun {
		return
	}
	o.each(len(stacks), func(n int) {
		row := &rows[stacks[n]]
		if !o.still(ctx, row) {
			return
		}
		o.Say("destroying " + row.Name + " (" + row.Reason + ")")
		o.finish(row, o.Destroy(ctx, row.Name))
	})
	sort.SliceStable(orphans, func(a, b int) bool { return order(rows[orphans[a]].What) < order(rows[orphans[b]].What) })
	for _, i := range orphans {
		row := &rows[i]
		t := *row.orphan
		s := t.Extra.(source)
		t.Extra = s.extra
		if !o.stillNobodys(ctx, row) {
			continue
		}
		o.Say("removing " + row.What + " " + row.Name + " (no stack has it)")
		o.finish(row, s.of.Remove(ctx, t))
	}
}

// still looks again at an expiry when its turn comes: it may have been moved
// while others were destroyed.
func (o Options) still(ctx context.Context, row *Row) bool {
	if row.Reason != Expired {
		return true
	}
	tags, err := o.Backend.Tags(ctx, row.Name)
	if err != nil {
		o.finish(row, err)
		return false
	}
	if again := judge(o.Zone, o.Kind(row.Name), row.Name, tags, nil, o.Now); again.Reason != Expired {
		*row = again
		return false
	}
	return true
}

// stillNobodys looks again for an orphan's stack when its turn comes: an up may
// have begun while others were destroyed, and what it makes has the same names.
func (o Options) stillNobodys(ctx context.Context, row *Row) bool {
	stacks, err := o.Backend.Stacks(ctx)
	if err == nil {
		var locked []string
		locked, err = o.Backend.Locked(ctx)
		stacks = append(stacks, locked...)
	}
	if err != nil {
		o.finish(row, err)
		return false
	}
	if slices.Contains(stacks, row.Stack) {
		row.Reason, row.Detail = Living, "its stack has just been made"
		return false
	}
	return true
}

func (o Options) finish(row *Row, err error) {
	switch {
	case err == nil:
		row.Action = Removed
	case errors.Is(err, workspace.ErrLocked):
		row.Action, row.Detail = Locked, oneLine(err)
	default:
		row.Action, row.Detail = Failed, oneLine(err)
	}
}

func order(what string) int {
	if n := slices.Index([]string{"record", "droplet", "container", "network"}, what); n >= 0 {
		return n
	}
	return 9
}

// each runs f for 0…n-1, Parallel at a time.
func (o Options) each(n int, f func(int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(o.Parallel, 1))
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	wg.Wait()
}

func oneLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n  next:")
	return strings.Join(strings.Fields(text), " ")
}

func (r *Result) count() {
	for _, row := range r.Rows {
		switch row.Action {
		case Removed:
			r.Removed++
		case Locked:
			r.Locked++
		case Failed:
			r.Failed++
		default:
			r.Kept++
		}
		if row.Reason == Invalid {
			r.Invalid++
		}
	}
}

// verdict is the error of a sweep that needs another one, or a person. A stack
// that somebody works on is neither.
func (r Result) verdict() error {
	var parts []string
	next := "correct that and run odooops ttl sweep again: it tries again what is left"
	if r.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d could not be removed", r.Failed))
	}
	if r.Invalid > 0 {
		parts = append(parts, fmt.Sprintf("%d have no expiry that could be read", r.Invalid))
		next = "run odooops ttl extend STACK --for 48h for those without an expiry"
	}
	parts = append(parts, r.Problems...)
	for _, row := range r.Rows {
		if row.Reason == Refused && row.What == "stack" {
			parts = append(parts, row.Name+" carries an expiry and is never swept: pulumi stack tag rm "+index.ExpiresAt+" -s "+row.Name)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return fault.Newf("sweep", next, "%s", strings.Join(parts, "; "))
}
