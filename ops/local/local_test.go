package local

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/project"
)

func TestAReusedProcessNumberIsNoDaemon(t *testing.T) {
	p := &project.Project{Root: t.TempDir()}
	require.NoError(t, Write(p, Daemon{PID: os.Getpid(), Machines: "none"}))
	d, err := Find(p)
	require.NoError(t, err)
	assert.Nil(t, d)
	assert.Equal(t, "none", LastMachines(p))
}

func TestWithoutTokenAndCloudTheErrorSaysWhatToRun(t *testing.T) {
	p := &project.Project{Root: t.TempDir()}
	_, err := CloudEnv(p, func(string) string { return "" })
	assert.ErrorContains(t, err, "odooops local start")
}

func TestExportsSurviveAShell(t *testing.T) {
	assert.Equal(t, "export A='it'\\''s'\nexport B='x y'\n", Exports(map[string]string{"B": "x y", "A": "it's"}))
}

func TestPurgeKeepsPassphraseAndLedger(t *testing.T) {
	p := &project.Project{Root: t.TempDir()}
	for _, f := range []string{"localcloud/state.json", "state/core/x", "passphrase", "ledger.jsonl"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(p.Private(f)), 0o700))
		require.NoError(t, os.WriteFile(p.Private(f), nil, 0o600))
	}
	require.NoError(t, Purge(p))
	assert.NoFileExists(t, p.Private("localcloud/state.json"))
	assert.NoFileExists(t, p.Private("state/core/x"))
	assert.FileExists(t, p.Private("passphrase"))
	assert.FileExists(t, p.Private("ledger.jsonl"))
}
