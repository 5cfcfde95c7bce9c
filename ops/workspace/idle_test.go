package workspace

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/backend"
)

// noRepair fails when somebody looks at the world.
type noRepair struct{ t *testing.T }

func (n noRepair) Repair(context.Context, Half, map[string]bool) (Verdict, error) {
	n.t.Error("looked at what a living run makes")
	return Verdict{}, nil
}

func TestWhatALivingRunMakesIsNotRepaired(t *testing.T) {
	dir := t.TempDir()
	b, err := backend.Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + dir})
	require.NoError(t, err)
	s := &Stack{Name: "preview-pr-7", backend: b, engine: &engine{}, progress: NewLines(io.Discard, time.Now)}
	require.NoError(t, s.idle(t.Context()))

	lock := filepath.Join(dir, ".pulumi/locks/organization/odooops/preview-pr-7/0.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(lock), 0o700))
	text, err := json.Marshal(backend.Lock{User: "ada", Host: "elsewhere", PID: 42, At: "2030-01-02T03:04:05Z"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(lock, text, 0o600))
	err = s.Settle(t.Context(), noRepair{t})
	assert.ErrorIs(t, err, ErrLocked)
	assert.ErrorContains(t, err, "ada on elsewhere (pid 42)")
}

func TestALockThatWasLeftBeforeThereWasAStackIsCleared(t *testing.T) {
	dir := t.TempDir()
	b, err := backend.Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + dir})
	require.NoError(t, err)
	s := &Stack{Name: "preview-pr-7", backend: b, progress: NewLines(io.Discard, time.Now)}
	here, err := os.Hostname()
	require.NoError(t, err)
	for host, want := range map[string]int{here: 0, "elsewhere": 1} {
		lock := filepath.Join(dir, ".pulumi/locks/organization/odooops/preview-pr-7/0.json")
		require.NoError(t, os.MkdirAll(filepath.Dir(lock), 0o700))
		text, err := json.Marshal(backend.Lock{User: "ada", Host: host, PID: 1})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(lock, text, 0o600))
		require.NoError(t, s.freed(t.Context()))
		left, err := b.Locks(t.Context(), s.Name)
		require.NoError(t, err)
		assert.Len(t, left, want, host)
	}
}
