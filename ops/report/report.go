// Package report tells an auditor what became of personal data: restores and
// whether they were verified, who had access, what is kept and how long, and
// what was erased. It reads the evidence bucket and the ledger of this
// checkout; it changes nothing and holds no values.
package report

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/odooops/odooops/ops/erasure"
	"github.com/odooops/odooops/ops/evidence"
	"github.com/odooops/odooops/ops/ledger"
)

// GDPR is the report.
type GDPR struct {
	Made  time.Time `json:"made"`
	Since time.Time `json:"since"`
	// Restores of data, and tests of restores, newest first.
	Restores []Restore `json:"restores"`
	// Access are the operations that open personal data to a person, newest
	// first: of this checkout's ledger only.
	Access    []Access    `json:"access"`
	Retention []Retention `json:"retention"`
	Erasures  []Erasure   `json:"erasures"`
	// Gaps say what the report could not look at.
	Gaps []string `json:"gaps,omitempty"`
}

// Restore is a restore, or a test of one.
type Restore struct {
	When    time.Time       `json:"when"`
	Who     string          `json:"who"`
	What    string          `json:"what"` // restore, restore-test
	Stack   string          `json:"stack"`
	Outcome ledger.Outcome  `json:"outcome"`
	Error   string          `json:"error,omitempty"`
	Details json.RawMessage `json:"details,omitempty"`
	Key     string          `json:"key"` // the evidence
}

// Access is an operation that a person did on a stack with personal data.
type Access struct {
	When    time.Time      `json:"when"`
	Who     string         `json:"who"`
	What    string         `json:"what"`
	Stack   string         `json:"stack"`
	Outcome ledger.Outcome `json:"outcome"`
}

// Retention is what a repository keeps.
type Retention struct {
	Stack      string     `json:"stack"`
	Repository int        `json:"repository"`
	Backups    int        `json:"backups"`
	Oldest     *time.Time `json:"oldest,omitempty"`
	Newest     *time.Time `json:"newest,omitempty"`
	// WindowDays is how far back any point in time can be restored.
	WindowDays int    `json:"windowDays"`
	Policy     string `json:"policy"`
	Error      string `json:"error,omitempty"`
}

// Erasure is an erased record of a stack.
type Erasure struct {
	Stack string `json:"stack"`
	erasure.Entry
	// Until is when the last backup that may hold the record has expired.
	Until time.Time `json:"until"`
}

// Sources of the report.
type Sources struct {
	Store evidenceStore
	// Stacks are those with personal data.
	Stacks []string
	// Ledger is the file of this checkout's ledger.
	Ledger string
	// Retention of a stack, asked of its repositories; nil for a stack without.
	Retention func(ctx context.Context, stack string) ([]Retention, error)
	// Longest is how old a backup gets at most.
	Longest time.Duration
	Now     func() time.Time
}

type evidenceStore interface {
	List(ctx context.Context, what, stack string, since time.Time) ([]evidence.Report, error)
	Put(ctx context.Context, r evidence.Report) (string, error)
}

// opening are the verbs that open personal data to whoever runs them.
var opening = []string{"exec", "credentials", "restore", "backup list", "backup verify", "host replace", "smoke", "erase", "report"}

// Make looks at everything since a time. What can't be read is a gap, not an
// error: half a report with its gaps named is what an auditor can work with.
func Make(ctx context.Context, s Sources, since time.Time) (GDPR, error) {
	g := GDPR{
		Made: s.Now().UTC(), Since: since.UTC(),
		Restores: []Restore{}, Access: []Access{}, Retention: []Retention{}, Erasures: []Erasure{},
	}
	for _, what := range []string{evidence.Restore, evidence.RestoreTest} {
		reports, err := s.Store.List(ctx, what, "", since)
		if err != nil {
			return g, err
		}
		for _, r := range reports {
			g.Restores = append(g.Restores, Restore{
				When: r.When, Who: r.Who, What: what, Stack: r.Stack, Outcome: r.Outcome, Error: r.Error, Details: r.Details, Key: r.Key,
			})
		}
	}
	slices.SortStableFunc(g.Restores, func(a, b Restore) int { return b.When.Compare(a.When) })
	var err error
	if g.Access, err = access(s.Ledger, since); err != nil {
		g.Gaps = append(g.Gaps, err.Error())
	}
	g.Gaps = append(g.Gaps, "access is what this checkout's ledger knows; other operators' checkouts and CI have their own")
	for _, stack := range s.Stacks {
		kept, err := s.Retention(ctx, stack)
		if err != nil {
			g.Gaps = append(g.Gaps, fmt.Sprintf("the backups of %s could not be listed: %v", stack, err))
		}
		g.Retention = append(g.Retention, kept...)
		entries, err := erasure.List(ctx, s.Store, stack, since)
		if err != nil {
			return g, err
		}
		for _, e := range entries {
			at, err := time.Parse(time.RFC3339, e.At)
			if err != nil {
				return g, fmt.Errorf("the erasure of %s %d: %w", e.Model, e.ID, err)
			}
			g.Erasures = append(g.Erasures, Erasure{Stack: stack, Entry: e, Until: at.Add(s.Longest)})
		}
	}
	return g, nil
}

func access(path string, since time.Time) ([]Access, error) {
	found := []Access{}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return found, fmt.Errorf("read the ledger: %w", err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for n := 1; lines.Scan(); n++ {
		var e ledger.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return found, fmt.Errorf("line %d of the ledger %s: %w", n, path, err)
		}
		if !e.When.Before(since) && slices.Contains(opening, e.What) {
			found = append(found, Access{When: e.When, Who: e.Who, What: e.What, Stack: e.Stack, Outcome: e.Outcome})
		}
	}
	slices.Reverse(found)
	return found, lines.Err()
}
