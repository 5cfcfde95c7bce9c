package quarantine

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// told keeps what it is asked for, and answers one thing.
type told struct {
	Machine
	containers []Container
	execs      []Exec
	answer     string
	code       int
	stopped    []string
}

func (m *told) Run(_ context.Context, c Container, _ func(string)) (Output, error) {
	m.containers = append(m.containers, c)
	if m.code != 0 {
		out := Output{Code: m.code, Tail: []string{"odooops: restore: repository 1 was encrypted with another key"}}
		return out, &ExitError{Role: c.Role, Output: out}
	}
	return Output{Stdout: m.answer}, nil
}

func (m *told) Exec(_ context.Context, e Exec) (Output, error) {
	m.execs = append(m.execs, e)
	return Output{Stdout: m.answer}, nil
}

func (m *told) Stop(_ context.Context, roles ...string) error {
	m.stopped = append(m.stopped, roles...)
	return nil
}

func TestARestoreGetsItsKeysByFileAndTheWayOut(t *testing.T) {
	m := &told{answer: `{"backup":"20261122-010000F","timeline":2,"systemId":"7123456789012345678","lastCommit":"x","repo":2,"annotations":{"odoo-image":"o@1"}}`}
	r, err := Restore(t.Context(), m, "postgres@1", `{"cipher":"c"}`, Point{Repo: 2, At: "2026-11-22T04:00:00Z"}, nil)
	require.NoError(t, err)
	assert.Equal(t, "20261122-010000F", r.Backup)
	assert.Equal(t, "o@1", r.Annotations["odoo-image"])
	require.Len(t, m.containers, 1)
	c := m.containers[0]
	assert.Equal(t, Out, c.Network)
	assert.Equal(t, `{"cipher":"c"}`, c.Files["archive.json"])
	assert.JSONEq(t, `{"repo":2,"backup":"","at":"2026-11-22T04:00:00Z","repoAt":""}`, c.Files["restore.json"])
	assert.Empty(t, c.Env, "everybody on the machine sees it")
}

func TestTheImagesOwnSentenceIsTheErrorOfARestore(t *testing.T) {
	_, err := Restore(t.Context(), &told{code: 1}, "postgres@1", "{}", Point{Repo: 1}, nil)
	assert.EqualError(t, err, "odooops: restore: repository 1 was encrypted with another key")
}

func TestAServerInAQuarantineLogsNoValuesAndReachesNobody(t *testing.T) {
	m := &told{}
	require.NoError(t, Serve(t.Context(), m, Raw, "postgres@1", nil))
	c := m.containers[0]
	assert.Equal(t, Inside, c.Network)
	assert.True(t, c.Detach)
	for _, setting := range []string{
		"log_min_messages = panic", "log_min_error_statement = panic", "log_statement = none",
		"log_parameter_max_length = 0", "log_parameter_max_length_on_error = 0", "archive_mode = off",
	} {
		assert.Contains(t, c.Files["postgresql.conf"], setting)
	}
	assert.NotContains(t, c.Files, "postgres.json", "a cluster is there: nobody makes one")
}

func TestStatementsAreInNoProcessList(t *testing.T) {
	m := &told{answer: "1\n"}
	text, err := SQL(t.Context(), m, Raw, "odoo", "ALTER ROLE odoo PASSWORD 'hush'")
	require.NoError(t, err)
	assert.Equal(t, "1", text)
	assert.NotContains(t, strings.Join(m.execs[0].Command, " "), "hush")
	assert.Contains(t, m.execs[0].Stdin, "hush")
}

func TestTheNamesOfFilesStayInTheQuarantine(t *testing.T) {
	answer, err := json.Marshal(Fetched{Files: 3, Bytes: 12, Missing: []string{"ab/abc"}})
	require.NoError(t, err)
	m := &told{answer: string(answer)}
	f, err := Fetch(t.Context(), m, "postgres@1", "{}", "odoo", Point{Repo: 2, RepoAt: "2026-11-22T04:00:00Z"}, nil)
	require.NoError(t, err)
	assert.Equal(t, 3, f.Files)
	assert.NotEmpty(t, m.execs[0].ToFile, "the list may be long, and is the data's")
	c := m.containers[0]
	assert.Equal(t, map[string]string{"FETCH_REPO": "2", "FETCH_AT": "2026-11-22T04:00:00Z"}, c.Env)
	assert.Equal(t, Out, c.Network)
}

func TestWhatIsPublishedWasStoppedCleanlyAndHasNoOldWAL(t *testing.T) {
	m := &told{}
	require.NoError(t, Halt(t.Context(), m, Clean, "postgres@1"))
	assert.Equal(t, []string{Clean}, m.stopped)
	assert.Contains(t, m.containers[0].Command, "pg_resetwal")
}

func TestAMarkHoldsWhatATagTakes(t *testing.T) {
	assert.Equal(t, "root-build-7", Mark("root@build.7"))
	assert.LessOrEqual(t, len(Mark(strings.Repeat("ä", 80))), 39)
	assert.LessOrEqual(t, len(Mark(strings.Repeat("a", 80))), 39)
}
