package status

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks/config"
)

const answer = `=== containers
production-odoo|running|Up 3 minutes (healthy)
production-odoo-init|exited|Exited (0) 3 minutes ago
=== disk
 10737418240
=== pdf
off
=== archive
21,f,0,0,1000,559240
=== backups
{"repositories":[
 {"number":1,"error":"","walAge":12,"filesAge":0,"backups":[
  {"label":"20261121-221500F","type":"full","stop":1795299300,"size":31000000,"stored":4000000,"complete":true},
  {"label":"20261121-221500F_20261121-221530D","type":"diff","stop":1795299330,"size":31000000,"stored":100000,"complete":true}]},
 {"number":2,"error":"","walAge":14,"filesAge":3,"backups":[
  {"label":"20261121-221501F","type":"full","stop":1795299300,"size":31000000,"stored":4000000,"complete":true}]}]}
`

var now = time.Unix(1795299360, 0)

func target(shell func(context.Context, string) (string, error)) Target {
	return Target{
		Stack: "production", Kind: "production", Exists: true, Outputs: &config.OdooOutputs{Stanza: "production"},
		Droplet: func(context.Context) (string, error) { return "active", nil },
		Shell:   shell,
		Health:  func(context.Context) string { return "" },
	}
}

func TestAHealthyStackHasNoProblems(t *testing.T) {
	r := Gather(context.Background(), []Target{target(func(context.Context, string) (string, error) { return answer, nil })}, now)[0]
	assert.Empty(t, r.Problems)
	assert.Equal(t, "up", r.Host)
	assert.Equal(t, "off", r.PDF)
	assert.Len(t, r.Containers, 2)
	assert.Equal(t, 21, r.WAL.LastArchivedSeconds)
	assert.Equal(t, 19200, r.WAL.DiskFullInSeconds)
	require.Len(t, r.Repositories, 2)
	one := r.Repositories[0]
	assert.Equal(t, 60, one.Full.AgeSeconds)
	assert.Equal(t, "diff", one.Newest.Type)
	assert.Equal(t, int64(4100000), one.Bytes)
	assert.Equal(t, 12, one.WALAgeSeconds)
	assert.Equal(t, 3, r.Repositories[1].FilesAgeSeconds)
}

func TestADeadHostIsSaidWithoutWaitingForIt(t *testing.T) {
	off := target(nil)
	off.Droplet = func(context.Context) (string, error) { return "off", nil }
	r := Gather(context.Background(), []Target{off}, now)[0]
	assert.Equal(t, "off", r.Host)
	assert.Contains(t, r.Problems[0], "odooops host replace production")

	silent := target(func(context.Context, string) (string, error) { return "", errors.New("timeout") })
	assert.Equal(t, "unreachable", Gather(context.Background(), []Target{silent}, now)[0].Host)
}

func TestFailingArchiveSaysHowLongTheDiskLasts(t *testing.T) {
	w, err := waiting("300,t,10,310,1000,559240\n", "10737418240\n")
	require.NoError(t, err)
	assert.True(t, w.Failing)
	r := Row{}
	r.read("=== archive\n300,t,10,310,1000,559240\n=== disk\n10737418240\n=== backups\n[]\n", &config.OdooOutputs{Stanza: "production"}, now)
	assert.Contains(t, r.Problems[0], "full in 5h20m0s")
	assert.Contains(t, r.Problems[1], "no answer in time")
}

func TestWhatIsWrongWithOneRepositoryIsSaidOfThatOne(t *testing.T) {
	old := now.Add(-37 * time.Hour).Unix()
	for name, c := range map[string]struct{ repository, want string }{
		"silent":      {`"error":"no answer","walAge":null,"filesAge":0,"backups":[]`, "repository 2: no answer"},
		"without WAL": {`"error":"","walAge":null,"filesAge":0,"backups":[]`, "repository 2: there is no WAL in it"},
		"late WAL":    {`"error":"","walAge":130,"filesAge":0,"backups":[]`, "repository 2: its newest WAL is 2m10s old"},
		"late files":  {`"error":"","walAge":1,"filesAge":500,"backups":[]`, "repository 2: files have been waiting for 8m20s"},
		"empty":       {`"error":"","walAge":1,"filesAge":0,"backups":[]`, "repository 2: it has no complete full backup"},
		"incomplete":  {`"error":"","walAge":1,"filesAge":0,"backups":[{"type":"full","stop":1795299300,"complete":false}]`, "repository 2: it has no complete full backup"},
		"old":         {fmt.Sprintf(`"error":"","walAge":1,"filesAge":0,"backups":[{"type":"full","stop":%d,"complete":true}]`, old), "repository 2: its last complete full backup is 37h0m0s old"},
	} {
		r := Row{Stack: "production"}
		r.backups(map[string]string{
			"archive": "21,f,0,0,1000,559240", "disk": "10737418240", "backups": `{"repositories":[{"number":2,` + c.repository + `}]}`,
		}, now)
		require.NotEmpty(t, r.Problems, name)
		assert.Contains(t, r.Problems[0], c.want, name)
	}
}

func TestABackupThatNobodyTriedToRestoreIsAWarning(t *testing.T) {
	s := target(func(context.Context, string) (string, error) { return answer, nil })
	s.Tested = func(context.Context) (map[int]time.Time, error) {
		return map[int]time.Time{1: now.Add(-time.Hour), 2: now.Add(-9 * 24 * time.Hour)}, nil
	}
	r := Gather(context.Background(), []Target{s}, now)[0]
	assert.Empty(t, r.Problems)
	require.Len(t, r.Warnings, 1)
	assert.Contains(t, r.Warnings[0], "odooops backup verify production --restore --repo 2")
	assert.Equal(t, 3600, r.Repositories[0].TestedSeconds)

	s.Tested = func(context.Context) (map[int]time.Time, error) { return nil, errors.New("access denied") }
	r = Gather(context.Background(), []Target{s}, now)[0]
	assert.Equal(t, []string{"restore tests: access denied"}, r.Warnings, "what is not known is not called missing")
	assert.Equal(t, -1, r.Repositories[0].TestedSeconds)
}

func TestAnEndThatIsNearIsAWarningAndOneThatIsPastAProblem(t *testing.T) {
	for at, want := range map[string][2]int{ // problems, warnings
		now.Add(30 * 24 * time.Hour).Format(time.RFC3339): {0, 0},
		now.Add(6 * 24 * time.Hour).Format(time.RFC3339):  {0, 1},
		now.Add(-time.Minute).Format(time.RFC3339):        {1, 0},
		"":         {1, 0},
		"tomorrow": {1, 0},
	} {
		r := Gather(context.Background(), []Target{{Stack: "staging", Kind: "staging", Exists: true, Ends: true, ExpiresAt: at}}, now)[0]
		assert.Equal(t, want, [2]int{len(r.Problems), len(r.Warnings)}, "%q: %v %v", at, r.Problems, r.Warnings)
	}
}

func TestAStagingIsNotAskedForBackups(t *testing.T) {
	s := target(func(_ context.Context, cmd string) (string, error) {
		return "=== containers\nstaging-odoo|running|Up\n=== disk\n1\n=== pdf\n", nil
	})
	s.Kind, s.Outputs = "staging", &config.OdooOutputs{Data: "new"}
	r := Gather(context.Background(), []Target{s}, now)[0]
	assert.Empty(t, r.Problems)
	assert.Empty(t, r.Repositories)
	assert.Equal(t, "new", r.Data)
}
