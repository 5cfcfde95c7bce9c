package restore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/restore/quarantine"
)

// Options of a masked restore.
type Options struct {
	Source Source
	Target Target
	// Manifest says how each column is masked: its files by name.
	Manifest map[string]string
	// Harmless are modules that seem to talk to others, bring nothing that
	// switches it off, and were looked at by the operator.
	Harmless []string
	// Open makes the quarantine, or finds the one that an earlier run left.
	Open func(ctx context.Context) (Quarantine, error)
	Say  func(string)
	Now  func() time.Time
}

// Quarantine is a machine that can be destroyed.
type Quarantine interface {
	quarantine.Machine
	Destroy(ctx context.Context) error
}

// Source is what is restored.
type Source struct {
	// Stack is production's, Database its database's name.
	Stack, Database string
	// Archive is archive.json with the readers' keys. Secret; empty with a Dump.
	Archive string
	// Endpoints are the repositories' host names.
	Endpoints []string
	Point     quarantine.Point
	// Dump is a file instead: Odoo's zip, or pg_dump's custom format.
	Dump string
	// Odoo is the image that production runs now, for backups that don't say theirs.
	Odoo          string
	RegistryToken string
	// SecretHashes are of production's passwords and keys: none may be found in
	// what is published.
	SecretHashes []string
}

// Identity is what masked data becomes part of.
type Identity struct {
	// URL is where the target is served, Domain what is behind the @ of its
	// mail aliases.
	URL, Domain string
	// AdminLogin and Password are the administrator's; Hash, as passlib writes
	// it, becomes every user's.
	AdminLogin, Password, Hash string
}

// Images that the target runs.
type Images struct{ Odoo, Postgres string }

// Target takes masked data.
type Target interface {
	// Name of the stack, or "template".
	Name() string
	Identity() Identity
	Images() Images
	// Check refuses what could not be published later.
	Check(ctx context.Context) error
	// Publish takes a generation that nobody uses yet. The stream is a tar
	// through zstd: postgres/ and filestore/.
	Publish(ctx context.Context, p Publication, say func(string)) (id string, err error)
	// Switch has users work on it from now on. Its error means that they work
	// on what they had before.
	Switch(ctx context.Context, id string, say func(string)) error
	// Answer checks that it serves; when it doesn't, it is switched back. Its
	// error is ErrSwitched if that failed too.
	Answer(ctx context.Context, id string, say func(string)) error
}

// Publication of masked data.
type Publication struct {
	// Bytes are what it takes on a disk.
	Bytes  int64
	Source string // the stack
	Backup string // label; empty of a dump
	At     string // the point in time, where one was asked for
	// Modules are the installed ones, comma-separated.
	Modules string
	Stream  func(ctx context.Context, to Writer) error
}

// ErrSwitched says that users work on the new data after an error.
var ErrSwitched = errors.New("users are on the new data")

// Run restores, masks and publishes. The target's users notice the switch
// only, and only when everything before it went well.
func Run(ctx context.Context, o Options) (r Result, err error) {
	r = Result{
		Target: o.Target.Name(), Source: o.Source.Stack, Started: o.Now().UTC(), At: o.Source.Point.At, Steps: []Step{},
		Harmless: o.Harmless,
	}
	w := &work{Options: o, result: &r}
	if err := w.step(ctx, "check", w.check); err != nil {
		return r, err
	}
	if err := w.step(ctx, "quarantine", w.open); err != nil {
		return r, err
	}
	err = w.inside(ctx)
	// Also when the operator gave up: production's data is on it.
	end := context.WithoutCancel(ctx)
	if destroyed := w.step(end, "destroy", w.machine.Destroy); destroyed != nil {
		o.Say("warning: the quarantine is still there, with production's data on it")
		err = errors.Join(err, fmt.Errorf("%w\n  then run odooops ttl sweep --zone core: it takes what is left when its hour is over", destroyed))
	}
	r.Seconds = quarantine.Seconds(r.Started)
	r.Done = err == nil
	return r, err
}

// inside is all that needs the quarantine.
func (w *work) inside(ctx context.Context) error {
	for _, s := range w.steps() {
		if err := w.step(ctx, s.name, s.run); err != nil {
			return err
		}
	}
	return nil
}

type namedStep struct {
	name string
	run  func(context.Context) error
}

// steps in their order. Each one can be done again.
func (w *work) steps() []namedStep {
	return []namedStep{
		{"prepare", w.prepare},
		{"restore", w.restore},
		{"fetch files", w.fetch},
		{"neutralize", w.neutralize},
		{"check the manifest", w.classified},
		{"mask", w.mask},
		// Before the update, which makes rows of its own.
		{"verify", w.verify},
		{"update", w.update},
		{"serve", w.serve},
		{"publish", w.publish},
		{"switch", w.change},
		{"answer", w.answer},
	}
}

// step runs one, says what it took and notes it. Its error says that nothing
// was changed, for as long as that is so.
func (w *work) step(ctx context.Context, name string, run func(context.Context) error) error {
	began := w.Now()
	w.detail = ""
	err := run(ctx)
	took := w.Now().Sub(began).Seconds()
	s := Step{Name: name, Seconds: float64(int(took*100)) / 100, Detail: w.detail}
	w.result.Steps = append(w.result.Steps, s)
	if err == nil {
		w.Say(s.String())
		return nil
	}
	w.result.Failed = name
	w.switched = w.switched || errors.Is(err, ErrSwitched)
	what := fmt.Sprintf("restore %s from %s, step %q", w.Target.Name(), w.Source.Stack, name)
	var f *fault.Fault
	if errors.As(err, &f) && f.Next != "" {
		return &fault.Fault{What: what, Cause: fmt.Errorf("%s: %w", f.What, f.Cause), Next: f.Next + w.unharmed(), Usage: f.Usage}
	}
	return fault.New(what, "correct that and run the same again"+w.unharmed(), err)
}

// unharmed says what an operator wants to know first.
func (w *work) unharmed() string {
	if w.switched {
		return ""
	}
	return "; " + w.Target.Name() + " is as it was"
}
