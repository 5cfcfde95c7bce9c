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
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
)

// PullRequests says which are open.
type PullRequests interface {
	Open(ctx context.Context) ([]int, error)
}

// Marker is a backend's own mark, and the one that the checkout expects.
type Marker struct{ Found, Expected string }

// Backend is what the sweep asks a zone's backend.
type Backend interface {
	// Marker reads the mark; empty when there is none.
	Marker(ctx context.Context) (Marker, error)
	Stacks(ctx context.Context) ([]string, error)
	Tags(ctx context.Context, stack string) (map[string]string, error)
	// Locked are the stacks that somebody works on, as far as can be seen.
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
	// HostStack must be in the previews' backend: without it the backend is
	// not the one that made what is there. In core it is the platform.
	HostStack string
	// Kind says what a stack is, by its config file; previews go by their name.
	Kind func(stack string) string
	// PullRequests is nil when nobody asks GitHub.
	PullRequests PullRequests
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
	backend, stacks, err := o.trust(ctx)
	if err != nil {
		return r, err
	}
	open, err := o.open(ctx)
	if err != nil {
		// Not knowing which are open is no reason to let the expired live.
		r.Problems = append(r.Problems, err.Error())
	}
	if r.Rows, err = o.judgeAll(ctx, stacks, open); err != nil {
		return r, err
	}
	locked, err := o.Backend.Locked(ctx)
	if err != nil {
		return r, fmt.Errorf("look for locks: %w", err)
	}
	o.orphans(ctx, &r, backend, stacks, locked)
	o.act(ctx, r.Rows, locked)
	r.count()
	r.Seconds = time.Since(began).Round(10 * time.Millisecond).Seconds()
	return r, r.verdict()
}

// trust refuses a backend that may not be the one that made what is there.
func (o Options) trust(ctx context.Context) (id string, stacks []string, err error) {
	const what = "sweep"
	next := "nothing was removed; check PULUMI_BACKEND_URL, zones.yaml and the credentials, and run odooops init if this backend is new"
	m, err := o.Backend.Marker(ctx)
	if err != nil {
		return "", nil, fault.New(what, next, fmt.Errorf("the backend of zone %s can't be read: %w", o.Zone, err))
	}
	switch {
	case m.Found == "":
		return "", nil, fault.Newf(what, next, "the backend of zone %s has no mark: it is not the one that odooops init marked", o.Zone)
	case m.Expected == "":
		return "", nil, fault.Newf(what, next, "the config of zone %s has no backendId", o.Zone)
	case m.Found != m.Expected:
		return "", nil, fault.Newf(what, next, "the backend of zone %s is a foreign one: it is marked %s, this checkout's is %s", o.Zone, m.Found, m.Expected)
	}
	if stacks, err = o.Backend.Stacks(ctx); err != nil {
		return "", nil, fault.New(what, next, fmt.Errorf("the backend of zone %s can't be read: %w", o.Zone, err))
	}
	if !slices.Contains(stacks, o.HostStack) {
		return "", nil, fault.Newf(what, next, "the backend of zone %s has no stack %s: it is empty, or another one", o.Zone, o.HostStack)
	}
	return m.Found, stacks, nil
}

// open are the open pull requests; nil when nobody asks.
func (o Options) open(ctx context.Context) (map[int]bool, error) {
	if o.PullRequests == nil || o.Zone != config.Previews {
		return nil, nil
	}
	numbers, err := o.PullRequests.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask which pull requests are open: %w", err)
	}
	open := map[int]bool{}
	for _, n := range numbers {
		open[n] = true
	}
	return open, nil
}

func (o Options) judgeAll(ctx context.Context, stacks []string, open map[int]bool) ([]Row, error) {
	rows, errs := make([]Row, len(stacks)), make([]error, len(stacks))
	o.each(len(stacks), func(i int) {
		var tags map[string]string
		tags, errs[i] = o.Backend.Tags(ctx, stacks[i])
		rows[i] = judge(o.Zone, o.Kind(stacks[i]), stacks[i], tags, open, o.Now)
	})
	return rows, errors.Join(errs...)
}

// orphans adds what has no stack. A source that can't be asked is a problem,
// and no reason to leave the others.
func (o Options) orphans(ctx context.Context, r *Result, backend string, stacks, locked []string) {
	for _, s := range o.Sources {
		things, err := s.Things(ctx)
		if err != nil {
			r.Problems = append(r.Problems, "look at "+s.Name()+": "+err.Error())
			continue
		}
		for _, t := range things {
			row := consider(t, backend, stacks, locked, o.Now)
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
func (o Options) act(ctx context.Context, rows []Row, locked []string) {
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
		if slices.Contains(locked, row.Name) {
			row.Action, row.Detail = Locked, "somebody is at work on it"
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
		o.Say("removing " + row.What + " " + row.Name + " (no stack has it)")
		o.finish(row, s.of.Remove(ctx, t))
	}
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
