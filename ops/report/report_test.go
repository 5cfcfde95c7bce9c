package report

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/evidence"
	"github.com/odooops/odooops/ops/ledger"
)

type memory []evidence.Report

func (m memory) Put(context.Context, evidence.Report) (string, error) { return "", nil }

func (m memory) List(_ context.Context, what, _ string, since time.Time) ([]evidence.Report, error) {
	var found []evidence.Report
	for _, r := range m {
		if r.What == what && !r.When.Before(since) {
			found = append(found, r)
		}
	}
	return found, nil
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func sources(t *testing.T) Sources {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	for _, e := range []ledger.Event{
		{When: noon.Add(-48 * time.Hour), Who: "ann", What: "exec", Stack: "production", Outcome: ledger.Done},
		{When: noon.Add(-time.Hour), Who: "bob", What: "exec", Stack: "production", Outcome: ledger.Refused},
		{When: noon, Who: "bob", What: "up", Stack: "production", Outcome: ledger.Done},
	} {
		require.NoError(t, ledger.File{Path: path}.Record(t.Context(), e))
	}
	return Sources{
		Store: memory{
			{What: evidence.Restore, Stack: "staging", When: noon.Add(-2 * time.Hour), Who: "ann", Outcome: ledger.Done},
			{What: evidence.RestoreTest, Stack: "production", When: noon.Add(-time.Hour), Outcome: ledger.Failed, Error: "no WAL"},
			{What: evidence.Erasure, Stack: "production", When: noon, Details: json.RawMessage(`{"model":"res.partner","id":7,"reason":"article-17","at":"2026-11-22T12:00:00Z"}`)},
			{What: evidence.Erasure, Stack: "production", When: noon, Details: json.RawMessage(`{"replayed":1,"known":1}`)},
		},
		Stacks: []string{"production"}, Ledger: path, Longest: 90 * 24 * time.Hour, Now: func() time.Time { return noon },
		Retention: func(context.Context, string) ([]Retention, error) {
			return []Retention{{Stack: "production", Repository: 1, Backups: 9}}, nil
		},
	}
}

func TestTheReportTellsRestoresAccessRetentionAndErasures(t *testing.T) {
	g, err := Make(t.Context(), sources(t), noon.Add(-24*time.Hour))
	require.NoError(t, err)
	require.Len(t, g.Restores, 2)
	assert.Equal(t, "no WAL", g.Restores[0].Error, "newest first, failures too")
	require.Len(t, g.Access, 1)
	assert.Equal(t, ledger.Refused, g.Access[0].Outcome)
	assert.Equal(t, 9, g.Retention[0].Backups)
	require.Len(t, g.Erasures, 1)
	assert.Equal(t, noon.Add(90*24*time.Hour), g.Erasures[0].Until)
}

func TestARepositoryThatIsAwayIsAGapInTheReport(t *testing.T) {
	s := sources(t)
	s.Retention = func(context.Context, string) ([]Retention, error) { return nil, errors.New("no route") }
	g, err := Make(t.Context(), s, noon)
	require.NoError(t, err)
	assert.Contains(t, g.Gaps, "the backups of production could not be listed: no route")
}
