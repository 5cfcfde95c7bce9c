package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/stacks/config"
)

func TestAReusedProcessNumberIsNoDaemon(t *testing.T) {
	p := &project.Project{Root: t.TempDir()}
	require.NoError(t, Write(p, Daemon{PID: os.Getpid(), Machines: "none"}))
	d, err := Find(p)
	require.NoError(t, err)
	assert.Nil(t, d)
	assert.Equal(t, "none", Last(p).Machines)
}

func TestACloudIsNotContinuedAsAnother(t *testing.T) {
	p := &project.Project{Root: t.TempDir()}
	require.NoError(t, Write(p, Daemon{PID: os.Getpid(), Machines: "docker", Place: DefaultPlace}))
	for name, change := range map[string]func(*StartOptions){
		"--machines docker":  func(o *StartOptions) { o.Machines = "none" },
		"--instance default": func(o *StartOptions) { o.Place.Instance = "other" },
		"--subnet 10.124":    func(o *StartOptions) { o.Place.Subnet = "10.99.0.0/20" },
	} {
		o := StartOptions{Project: p, Machines: "docker", Place: DefaultPlace}
		change(&o)
		_, err := Start(t.Context(), o)
		assert.ErrorContains(t, err, name)
		assert.ErrorContains(t, err, "local stop --purge")
	}
	same := StartOptions{Project: p, Machines: "docker", Place: DefaultPlace}
	same.Place.Ports = 9000
	assert.NoError(t, sameCloud(Last(p), same))
}

func TestWithoutTokenAndCloudTheErrorSaysWhatToRun(t *testing.T) {
	p := &project.Project{Root: t.TempDir()}
	_, err := CloudEnv(p, func(string) string { return "" })
	assert.ErrorContains(t, err, "odooops local start")
}

func TestExportsSurviveAShell(t *testing.T) {
	out := Exports(map[string]string{"B": "x y", "A": "it's"})
	assert.True(t, strings.HasPrefix(out, "export A='it'\\''s'\nexport B='x y'\n"), out)
	assert.Contains(t, out, "unset PULUMI_CONFIG_PASSPHRASE\n", "what would open the other zone goes")
	assert.NotContains(t, out, "unset AWS", "of the real cloud it is the caller's")
	out = Exports(map[string]string{project.ZoneVar: string(config.Previews)})
	assert.Contains(t, out, "unset AWS_SHARED_CREDENTIALS_FILE\n")
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

func TestAPlaceThatCannotBeIsRefused(t *testing.T) {
	assert.NoError(t, DefaultPlace.check())
	for name, change := range map[string]func(*Place){
		"--instance": func(p *Place) { p.Instance = "A b" },
		"--ports":    func(p *Place) { p.Ports = 80 },
		"--subnet":   func(p *Place) { p.Subnet = "8.8.8.0/24" },
	} {
		p := DefaultPlace
		change(&p)
		assert.ErrorContains(t, p.check(), name)
	}
}
