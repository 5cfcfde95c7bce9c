package erasure

import (
	"context"
	_ "embed" // erase.py
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/evidence"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/ledger"
)

// Entry is one erased record.
type Entry struct {
	Model  string `json:"model"`
	ID     int64  `json:"id"`
	Reason string `json:"reason"`
	// At is when it was erased first, RFC 3339, UTC.
	At string `json:"at"`
	// How says what the database allowed: deleted or anonymised; empty in the
	// ledger, which is written before.
	How string `json:"how,omitempty"`
}

// Store is the ledger of erasures.
type Store interface {
	Put(ctx context.Context, r evidence.Report) (string, error)
	List(ctx context.Context, what, stack string, since time.Time) ([]evidence.Report, error)
}

// Options of an erasure.
type Options struct {
	Stack string
	Store Store
	// Shell runs a script in the Odoo shell of the stack and returns its stdout.
	Shell func(ctx context.Context, script string) (string, error)
	Now   func() time.Time
}

var (
	models  = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)
	reasons = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
)

// Check refuses what is no record to erase, before anything is asked.
func Check(model string, id int64, reason string) error {
	what := fmt.Sprintf("erase %s %d", model, id)
	switch {
	case !models.MatchString(model) || strings.HasPrefix(model, "ir.") || strings.HasPrefix(model, "base."):
		return fault.Usage(what, "give the model of a person's record, such as res.partner", "%q holds no person's records", model)
	case id < 1:
		return fault.Usage(what, "give the record's id, a number from 1", "%d is no id", id)
	case !reasons.MatchString(reason):
		return fault.Usage(what, "give --reason one word, such as article-17 or ticket-1234: it is kept, so no name belongs in it", "%q is no reason", reason)
	}
	return nil
}

// Erase erases one record. The ledger knows of it first: what is killed in
// between is done by the next run, or by the next restore.
func Erase(ctx context.Context, o Options, model string, id int64, reason string) (Entry, error) {
	e := Entry{Model: model, ID: id, Reason: reason, At: o.Now().UTC().Format(time.RFC3339)}
	if err := Check(model, id, reason); err != nil {
		return e, err
	}
	what := fmt.Sprintf("erase %s %d of %s", model, id, o.Stack)
	there, err := o.run(ctx, []Entry{e}, true)
	if err != nil {
		return e, fault.New(what, "", err)
	}
	before, err := o.knows(ctx, model, id)
	if err != nil {
		return e, err
	}
	known := before != nil
	if known && there[0] == "there" {
		// After a restore ids are given out again.
		same, err := o.run(ctx, []Entry{*before}, true)
		if err != nil {
			return e, fault.New(what, "", err)
		}
		known = same[0] != "another"
	}
	switch {
	case there[0] == "refused":
		return e, fault.Usage(what, "it belongs to Odoo or a module; erase the record that a person made", "the record is part of a module")
	case there[0] != "there" && !known:
		return e, fault.Usage(what, "look the id up in Odoo", "there is no such record")
	}
	if !known {
		details, err := json.Marshal(e)
		if err != nil {
			return e, err
		}
		if _, err := o.Store.Put(ctx, evidence.Report{
			What: evidence.Erasure, Stack: o.Stack, When: o.Now(), Who: ledger.Who(), Outcome: ledger.Done, Details: details,
		}); err != nil {
			return e, err
		}
	}
	done, err := o.run(ctx, []Entry{e}, false)
	if err != nil {
		return e, fault.New(what, "it is in the ledger; run the command again", err)
	}
	e.How = done[0]
	if e.How == "refused" {
		return e, fault.Newf(what, "give another administrator that user's role first", "a user of Odoo's own belongs to it")
	}
	return e, nil
}

// List are the erasures of a stack, newest first.
func List(ctx context.Context, store Store, stack string, since time.Time) ([]Entry, error) {
	reports, err := store.List(ctx, evidence.Erasure, stack, since)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(reports))
	for _, r := range reports {
		var e Entry
		if err := json.Unmarshal(r.Details, &e); err != nil {
			return nil, fmt.Errorf("the ledger of erasures, %s: %w", r.Key, err)
		}
		if e.Model == "" {
			continue // a replay
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// knows is the newest entry of a record; nil without one.
func (o Options) knows(ctx context.Context, model string, id int64) (*Entry, error) {
	entries, err := List(ctx, o.Store, o.Stack, time.Time{})
	var newest *Entry
	for i, e := range entries {
		if e.Model == model && e.ID == id && (newest == nil || e.At > newest.At) {
			newest = &entries[i]
		}
	}
	return newest, err
}

// Replayed is what a replay did.
type Replayed struct {
	// Replayed is how many erased records the restored database had again.
	Replayed int `json:"replayed"`
	Known    int `json:"known"`
}

// Replay erases again what a restore brought back, and keeps that as evidence.
func Replay(ctx context.Context, o Options) (Replayed, error) {
	var r Replayed
	entries, err := List(ctx, o.Store, o.Stack, time.Time{})
	if err != nil || len(entries) == 0 {
		return r, err
	}
	r.Known = len(entries)
	done, err := o.run(ctx, entries, false)
	if err != nil {
		return r, fault.New("erase again in "+o.Stack, "", err)
	}
	for i, how := range done {
		switch how {
		case "deleted", "anonymised":
			r.Replayed++
		case "refused":
			return r, fault.Newf("erase again in "+o.Stack, "erase it by hand", "%s %d is part of a module", entries[i].Model, entries[i].ID)
		}
	}
	details, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	_, err = o.Store.Put(ctx, evidence.Report{
		What: evidence.Erasure, Stack: o.Stack, When: o.Now(), Who: ledger.Who(), Outcome: ledger.Done, Details: details,
	})
	return r, err
}

//go:embed files/erase.py
var script string

const mark = "odooops-erased:"

// run has the entries erased, or with check only looked for.
func (o Options) run(ctx context.Context, entries []Entry, check bool) ([]string, error) {
	list, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("import json\nENTRIES = json.loads(%q)\nCHECK = %s\n", list, map[bool]string{true: "True", false: "False"}[check])
	out, err := o.Shell(ctx, head+script)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		text, is := strings.CutPrefix(strings.TrimSpace(line), mark)
		if !is {
			continue
		}
		var answers []string
		if err := json.Unmarshal([]byte(text), &answers); err != nil || len(answers) != len(entries) {
			return nil, fmt.Errorf("odoo's shell answered %d of %d", len(answers), len(entries))
		}
		return answers, nil
	}
	return nil, errors.New("odoo's shell ended without an answer")
}
