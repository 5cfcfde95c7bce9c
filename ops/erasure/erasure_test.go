package erasure

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/evidence"
)

type memory struct{ reports []evidence.Report }

func (m *memory) Put(_ context.Context, r evidence.Report) (string, error) {
	m.reports = append(m.reports, r)
	return "", nil
}

func (m *memory) List(context.Context, string, string, time.Time) ([]evidence.Report, error) {
	return m.reports, nil
}

// shell answers checks with there, and erasures with done.
func shell(m *memory, there, done string, asked *[]int) Options {
	return Options{
		Stack: "production", Store: m, Now: func() time.Time { return time.Unix(0, 0) },
		Shell: func(_ context.Context, script string) (string, error) {
			answer := done
			if strings.Contains(script, "CHECK = True") {
				answer = there
			} else {
				*asked = append(*asked, len(m.reports))
			}
			if answer == "" {
				return "", errors.New("the container is gone")
			}
			return "a line of Odoo's\n" + mark + answer + "\n", nil
		},
	}
}

func TestTheLedgerKnowsBeforeTheRecordIsGone(t *testing.T) {
	m, asked := &memory{}, []int{}
	e, err := Erase(t.Context(), shell(m, `["there"]`, `["deleted"]`, &asked), "res.partner", 7, "article-17")
	require.NoError(t, err)
	assert.Equal(t, "deleted", e.How)
	assert.Equal(t, []int{1}, asked)
	assert.JSONEq(t, `{"model":"res.partner","id":7,"reason":"article-17","at":"1970-01-01T00:00:00Z"}`, string(m.reports[0].Details))
}

func TestWhatWasKilledInBetweenIsErasedByTheNextRun(t *testing.T) {
	m, asked := &memory{}, []int{}
	_, err := Erase(t.Context(), shell(m, `["there"]`, "", &asked), "res.partner", 7, "article-17")
	require.ErrorContains(t, err, "run the command again")
	_, err = Erase(t.Context(), shell(m, `["there"]`, `["anonymised"]`, &asked), "res.partner", 7, "article-17")
	require.NoError(t, err)
	assert.Len(t, m.reports, 1)
}

func TestARecordThatGotAnErasedOnesIDIsInTheLedgerToo(t *testing.T) {
	m, asked := &memory{}, []int{}
	_, err := Erase(t.Context(), shell(m, `["there"]`, `["deleted"]`, &asked), "res.partner", 7, "article-17")
	require.NoError(t, err)
	o := shell(m, `["there"]`, `["deleted"]`, &asked)
	o.Now = func() time.Time { return time.Unix(1000, 0) }
	answers := o.Shell
	o.Shell = func(ctx context.Context, script string) (string, error) {
		if strings.Contains(script, "CHECK = True") && strings.Contains(script, "1970-01-01T00:00:00Z") {
			return mark + `["another"]`, nil
		}
		return answers(ctx, script)
	}
	_, err = Erase(t.Context(), o, "res.partner", 7, "article-17")
	require.NoError(t, err)
	require.Len(t, m.reports, 2)
	assert.Contains(t, string(m.reports[1].Details), "1970-01-01T00:16:40Z")
}

func TestARecordThatIsNotThereIsNotInTheLedger(t *testing.T) {
	m, asked := &memory{}, []int{}
	_, err := Erase(t.Context(), shell(m, `["gone"]`, `["gone"]`, &asked), "res.partner", 7, "article-17")
	require.ErrorContains(t, err, "no such record")
	_, err = Erase(t.Context(), shell(m, `["refused"]`, `["refused"]`, &asked), "res.partner", 1, "article-17")
	require.ErrorContains(t, err, "part of a module")
	assert.Empty(t, m.reports)
}

func TestAReasonHoldsNoName(t *testing.T) {
	assert.Error(t, Check("res.partner", 7, "asked by Ann Example"))
	assert.Error(t, Check("ir.attachment", 7, "x"))
	assert.Error(t, Check("res.partner", 0, "x"))
	assert.NoError(t, Check("res.partner", 7, "ticket-12"))
}

func TestAReplayIsEvidenceAndNoErasure(t *testing.T) {
	m, asked := &memory{}, []int{}
	o := shell(m, `["there"]`, `["deleted"]`, &asked)
	_, err := Erase(t.Context(), o, "res.partner", 7, "article-17")
	require.NoError(t, err)
	r, err := Replay(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, Replayed{Replayed: 1, Known: 1}, r)
	require.Len(t, m.reports, 2)
	list, err := List(t.Context(), m, "production", time.Time{})
	require.NoError(t, err)
	assert.Len(t, list, 1)
}
