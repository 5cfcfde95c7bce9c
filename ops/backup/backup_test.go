package backup

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/stacks/config"
)

// fakeHost answers as the image would.
type fakeHost struct {
	info     Info
	out      Output // of what is run
	commands [][]string
	files    map[string]string
}

func (f *fakeHost) Exec(_ context.Context, command []string, _ func(string)) (Output, error) {
	f.commands = append(f.commands, command)
	if command[0] == "backup-info" {
		b, err := json.Marshal(f.info)
		return Output{Stdout: string(b)}, err
	}
	return f.out, nil
}

func (f *fakeHost) Once(_ context.Context, command []string, _ bool, files map[string]string, _ func(string)) (Output, error) {
	f.commands, f.files = append(f.commands, command), files
	return f.out, nil
}

func quiet(string) {}

// two repositories with keys, as a stack gives them out.
var two = config.OdooOutputs{
	Stanza: "production", Database: "odoo",
	Repositories: []config.Repository{{Number: 1, Bucket: "wal"}, {Number: 2, Bucket: "wal2"}},
	ExpireKeys:   []config.RepositoryKey{{ID: "X1", Secret: "deletes"}, {ID: "X2", Secret: "deletes"}},
}

func archive(t *testing.T, numbers ...int) Archive {
	t.Helper()
	a, err := NewArchive(two, "cipher", two.ExpireKeys, numbers...)
	require.NoError(t, err)
	return a
}

func TestABackupThatFailsInOneRepositoryIsAnErrorAndTellsTheOther(t *testing.T) {
	h := &fakeHost{out: Output{Code: 1, Stdout: `[{"repository":1,"label":"20261122-030000F","type":"full","seconds":5.6,"bytes":12,"files":3},{"repository":2,"error":"no route to host"}]`}}
	made, err := Run(t.Context(), h, RunOptions{Stack: "production", Type: Full, Say: quiet})
	assert.ErrorContains(t, err, "repository 2: no route to host")
	assert.Equal(t, 1, fault.ExitCode(err))
	require.Len(t, made, 2)
	assert.Equal(t, "20261122-030000F", made[0].Label)
	assert.Equal(t, []string{"backup-run", "full"}, h.commands[0])
}

func TestABackupOfOneRepositoryNamesIt(t *testing.T) {
	h := &fakeHost{out: Output{Stdout: `[{"repository":2,"label":"x"}]`}}
	_, err := Run(t.Context(), h, RunOptions{Stack: "production", Type: Diff, Repository: 2, Say: quiet})
	require.NoError(t, err)
	assert.Equal(t, []string{"backup-run", "diff", "--repo", "2"}, h.commands[0])
}

func TestACommandThatAnswersNothingSaysItsLastWord(t *testing.T) {
	h := &fakeHost{out: Output{Code: 127, Tail: []string{"odooops: another backup is running", ""}}}
	_, err := Run(t.Context(), h, RunOptions{Stack: "production", Type: Full, Say: quiet})
	assert.ErrorContains(t, err, "back up production: another backup is running")
	h = &fakeHost{out: Output{Stdout: "hello"}}
	_, err = Run(t.Context(), h, RunOptions{Stack: "production", Type: Full, Say: quiet})
	assert.ErrorContains(t, err, "older than this program")
}

func TestOnlyWhatWasDecidedIsAskedToExpire(t *testing.T) {
	list := daily(60, noon)
	h := &fakeHost{
		info: Info{Repositories: []Repository{{Number: 1, Backups: list}, {Number: 2, Backups: list}}},
		out:  Output{Stdout: `{"repositories":[{"number":1,"expired":["a"],"files":2,"bytes":7,"error":""},{"number":2,"expired":["a"],"files":0,"bytes":0,"error":""}]}`},
	}
	r, err := Expire(t.Context(), h, ExpireOptions{Stack: "production", Retention: Default, Archive: archive(t), Now: noon, Say: quiet})
	require.NoError(t, err)
	assert.Equal(t, 2, r[0].Files)
	assert.Equal(t, []string{"expire"}, h.commands[1], "nothing of it is an argument")
	var asked struct{ Repositories []expiry }
	require.NoError(t, json.Unmarshal([]byte(h.files["expire.json"]), &asked))
	require.Len(t, asked.Repositories, 2)
	assert.Equal(t, r[0].Expire, asked.Repositories[0].Expire)
	assert.Equal(t, r[0].Base, asked.Repositories[0].Base)
	assert.Len(t, asked.Repositories[0].Complete, len(r[0].Keep))
	assert.Contains(t, h.files["archive.json"], `"keyId":"X2"`)
}

func TestADryRunOfExpiryAsksForNothing(t *testing.T) {
	h := &fakeHost{info: Info{Repositories: []Repository{{Number: 1, Backups: daily(60, noon)}}}}
	r, err := Expire(t.Context(), h, ExpireOptions{Stack: "production", Retention: Default, Archive: archive(t, 1), DryRun: true, Now: noon, Say: quiet})
	require.NoError(t, err)
	assert.NotEmpty(t, r[0].Expire)
	assert.Len(t, h.commands, 1)
}

func TestARepositoryThatIsHeldIsAnErrorAndNeverAskedToExpire(t *testing.T) {
	h := &fakeHost{info: Info{Repositories: []Repository{{Number: 1, Backups: daily(60, noon)}, {Number: 2, Error: "no route"}}}}
	_, err := Expire(t.Context(), h, ExpireOptions{Stack: "production", Retention: Default, Archive: archive(t), Now: noon, Say: quiet})
	assert.ErrorContains(t, err, "repository 2 does not answer")
	assert.Len(t, h.commands, 1)
}

func TestAnExpiryThatWasCutOffIsAnError(t *testing.T) {
	list := daily(60, noon)
	for name, out := range map[string]Output{
		"one repository failed": {Stdout: `{"repositories":[{"number":1,"error":"access denied"},{"number":2}]}`},
		"one is missing":        {Stdout: `{"repositories":[{"number":1}]}`},
		"killed":                {Code: 137},
	} {
		h := &fakeHost{info: Info{Repositories: []Repository{{Number: 1, Backups: list}, {Number: 2, Backups: list}}}, out: out}
		_, err := Expire(t.Context(), h, ExpireOptions{Stack: "production", Retention: Default, Archive: archive(t), Now: noon, Say: quiet})
		assert.Error(t, err, name)
	}
}

func TestADamagedRepositoryFailsTheVerification(t *testing.T) {
	list := daily(3, noon)
	h := &fakeHost{
		info: Info{Repositories: []Repository{{Number: 1, Backups: list}, {Number: 2, Backups: list}}},
		out:  Output{Stdout: `{"repositories":[{"number":1,"files":7,"missing":[],"error":""},{"number":2,"files":7,"missing":["ab/abc"],"error":"1 files are missing"}]}`},
	}
	r, err := Verify(t.Context(), h, VerifyOptions{Stack: "production", Archive: archive(t), Say: quiet})
	assert.ErrorContains(t, err, "repository 2: 1 files are missing")
	assert.Empty(t, r[0].Error)
	assert.JSONEq(t, `{"repositories":[{"number":1,"label":"`+list[2].Label+`"},{"number":2,"label":"`+list[2].Label+`"}]}`, h.files["verify.json"])
}

func TestARepositoryWithoutAGoodBackupFailsTheVerification(t *testing.T) {
	h := &fakeHost{info: Info{Repositories: []Repository{{Number: 1}, {Number: 2, Error: "no route"}}}}
	_, err := Verify(t.Context(), h, VerifyOptions{Stack: "production", Archive: archive(t), Say: quiet})
	assert.ErrorContains(t, err, "repository 1: it has no good backup")
	assert.ErrorContains(t, err, "repository 2: no route")
	assert.Len(t, h.commands, 1, "nothing is run")
}

func TestARepositoryThatThereIsNoKeyToIsNamed(t *testing.T) {
	_, err := NewArchive(two, "cipher", two.ExpireKeys[:1])
	assert.ErrorContains(t, err, "no key to repository 2")
	_, err = NewArchive(two, "cipher", two.ExpireKeys, 3)
	assert.Equal(t, 2, fault.ExitCode(err))
	a := archive(t, 2)
	require.Len(t, a.Repositories, 1)
	assert.True(t, strings.HasPrefix(a.Repositories[0].KeyID, "X2"))
}
