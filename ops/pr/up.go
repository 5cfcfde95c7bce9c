package pr

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/previewhost"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks"
	"github.com/odooops/odooops/stacks/config"
)

// UpOptions of one preview.
type UpOptions struct {
	Number int
	// Images by name, instead of the pattern's or of those it runs.
	Images map[string]string
	// Data is template or demo; empty keeps what there is, and is template for
	// a new one.
	Data      string
	TTL       time.Duration // of a new one; 0 is the pattern's
	Owner     string
	Placement string // shared or dedicated; empty keeps what there is
	Reset     bool   // make the data again
	Test      bool   // run the tests of the modules that are updated
	Cancel    bool   // first clear the lock of a run that is dead
	DryRun    bool
}

// UpResult is a preview that answers.
type UpResult struct {
	Stack     string         `json:"stack"`
	Number    int            `json:"number"`
	URL       string         `json:"url"`
	MailURL   string         `json:"mailUrl"`
	EdgeLogin string         `json:"edgeLogin"`
	Data      string         `json:"data"`
	Template  string         `json:"template,omitempty"`
	Images    config.Images  `json:"images"`
	Owner     string         `json:"owner"`
	Created   string         `json:"created"`
	ExpiresAt string         `json:"expiresAt"`
	Placement string         `json:"placement"`
	New       bool           `json:"new"`
	Plan      workspace.Plan `json:"-"`
	Changed   int            `json:"changed"` // resources
	Warnings  []string       `json:"warnings,omitempty"`
	// Seconds by phase: open, admit, up, answer; total.
	Seconds map[string]float64 `json:"seconds"`
}

// Up brings a preview to what is asked, and returns when it answers. Killed at
// any moment, the next one goes on.
func (s *Shop) Up(ctx context.Context, o UpOptions) (r UpResult, err error) {
	stack := config.PreviewStack(o.Number)
	r = UpResult{Stack: stack, Number: o.Number}
	timer := newTimer()
	defer func() { r.Seconds = timer.result() }()
	defer func() { err = busy(o.Number, "up", err) }()

	// The way to the host opens while the engine starts.
	if c, ok := s.On.(interface{ Connect(context.Context) error }); ok && !o.DryRun && o.Placement != config.Dedicated {
		go func() { _ = c.Connect(ctx) }()
	}
	b, err := s.look(ctx, stack, o)
	if err != nil {
		return r, err
	}
	timer.done("open")
	if o.DryRun {
		b.describe(&r)
		return r, nil
	}

	if b.created {
		// At once: a stack without an end is a problem to every sweep.
		if err := s.Backend.SetTags(ctx, stack, b.tags); err != nil {
			return r, err
		}
		b.oldTags = b.tags
	}
	if err := s.admit(ctx, b); err != nil {
		return r, s.undo(ctx, b, err)
	}
	timer.done("admit")

	if err := s.mend(ctx, b); err != nil {
		return r, err
	}
	// Not before: the old host's id says what is to be mended.
	if err := s.Backend.SetTags(ctx, stack, b.changed()); err != nil {
		return r, err
	}
	timer.done("prepare")

	if err := workspace.Enter(s.Folder(stack), s.Env); err != nil {
		return r, err
	}
	r.Plan, err = b.stack.Up(ctx)
	r.Changed = len(r.Plan.Steps)
	timer.done("up")
	if err != nil {
		return r, s.explain(ctx, stack, err)
	}
	after, err := s.Backend.State(ctx, stack)
	if err != nil || after == nil {
		return r, errors.Join(errors.New("the state of "+stack+" is gone"), err)
	}
	out, err := config.DecodeOdoo(workspace.StateOf(*after).Outputs())
	if err != nil {
		return r, err
	}
	b.describe(&r)
	r.fill(out)
	timer.done("outputs")

	// Both take a moment, and neither needs the other.
	settled := make(chan error, 1)
	go func() { settled <- s.settle(ctx, b, out) }()
	r.Warnings, err = s.await(ctx, out)
	err = errors.Join(err, <-settled)
	timer.done("answer")
	return r, err
}

// settle lets go of the templates that the data rests on no more.
func (s *Shop) settle(ctx context.Context, b *build, out config.OdooOutputs) error {
	if b.placement != config.Shared {
		return nil
	}
	return s.On.Settle(ctx, b.name, out.Template)
}

// build is one preview in the making.
type build struct {
	name      string
	number    int
	stack     *workspace.Stack
	state     workspace.State
	created   bool // the stack was made by this run
	new       bool // it has no outputs yet
	old       config.OdooOutputs
	oldTags   map[string]string
	tags      map[string]string
	values    map[string]string
	request   previewhost.Request
	placement string
	images    config.Images
}

// look finds what there is and decides what shall be.
func (s *Shop) look(ctx context.Context, name string, o UpOptions) (*build, error) {
	b := &build{name: name, number: o.Number, new: true, values: map[string]string{}}
	known, err := s.state(ctx, name)
	if err != nil {
		return nil, err
	}
	if known != nil {
		b.state = workspace.StateOf(*known)
		if out, err := config.DecodeOdoo(b.state.Outputs()); err == nil && out.Hostname != "" {
			b.old, b.new = out, false
		}
		if b.oldTags, err = s.Backend.Tags(ctx, name); err != nil {
			return nil, err
		}
	}
	if err := s.decide(b, o); err != nil {
		return nil, err
	}
	// Before anything is made: what the program would refuse, such as an owner
	// that fits into no tag.
	if err := config.Validate(b.values); err != nil {
		return nil, fault.Usage(fmt.Sprintf("pr up --number %d", o.Number), "correct that flag, or Pulumi.preview.yaml", "%v", err)
	}
	if o.DryRun {
		return b, nil
	}
	// The program reads the values when it runs: admission still adds some.
	program := stacks.New(stacks.Options{Values: b.values})
	if b.stack, b.created, err = s.open(ctx, name, program, known == nil); err != nil {
		return nil, err
	}
	if known == nil && !b.created {
		return s.look(ctx, name, o) // somebody was faster: it is an update
	}
	if o.Cancel {
		return b, b.stack.Cancel(ctx)
	}
	return b, nil
}

// describe is what is known of the preview before it is there.
func (b *build) describe(r *UpResult) {
	r.New, r.Placement, r.Images = b.new, b.placement, b.images
	r.Data, r.Owner, r.Created, r.ExpiresAt = b.values["data"], b.values["owner"], b.values["created"], b.values["expiresAt"]
	r.Template = b.values["template"]
}

func (r *UpResult) fill(out config.OdooOutputs) {
	r.URL, r.MailURL, r.EdgeLogin = out.URL, out.MailURL, out.EdgeLogin
	r.Data, r.Template = out.Data, out.Template
	if out.ExpiresAt != "" {
		r.ExpiresAt = out.ExpiresAt
	}
}

// tagsOf are the tags that say what the values say.
func tagsOf(values map[string]string, host string) map[string]string {
	tags := map[string]string{
		index.ExpiresAt: values["expiresAt"], index.Created: values["created"], index.Owner: values["owner"],
	}
	if host != "" {
		tags[index.HostID] = host
	}
	// Empty too: it may not be that of an earlier preview of this number.
	tags[index.Reset] = values["resetToken"]
	return tags
}

// changed are the tags that this run says anew. The others may have been set
// by somebody else since it looked: an expiry that was extended stays so.
func (b *build) changed() map[string]string {
	tags := maps.Clone(b.tags)
	maps.DeleteFunc(tags, func(k, v string) bool { return b.oldTags[k] == v })
	return tags
}
