package status

import (
	"context"
	"errors"
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
=== backup
[{"backup":[{"label":"20261121-221500F","type":"full","timestamp":{"start":1,"stop":1795299300},"info":{"size":31000000,"repository":{"delta":4000000}}}],"status":{"message":"ok"}}]
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
	require.NotNil(t, r.Backup)
	assert.Equal(t, 60, r.Backup.AgeSeconds)
	assert.Equal(t, 21, r.Archive[0].LastArchivedSeconds)
	assert.Equal(t, 19200, r.Archive[0].DiskFullInSeconds)
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
	a, err := archive("300,t,10,310,1000,559240\n", "10737418240\n")
	require.NoError(t, err)
	assert.True(t, a.Failing)
	r := Row{}
	r.read("=== archive\n300,t,10,310,1000,559240\n=== disk\n10737418240\n=== backup\n[]\n", &config.OdooOutputs{Stanza: "production"}, now)
	assert.Contains(t, r.Problems[0], "full in 5h20m0s")
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
	assert.Nil(t, r.Backup)
	assert.Equal(t, "new", r.Data)
}
