package production

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/generation"
	"github.com/odooops/odooops/stacks/config"
)

// fake is a host that remembers what it was asked, and fails at one verb.
type fake struct {
	asked  []string
	fails  string
	served string
	found  generation.Prepared
	list   generation.Listing
	wanted []any
}

var errFake = errors.New("no such backup")

func (f *fake) do(verb string) error {
	f.asked = append(f.asked, verb)
	if verb == f.fails {
		return errFake
	}
	return nil
}

func (f *fake) List(context.Context) (generation.Listing, error) { return f.list, nil }

func (f *fake) Prepare(_ context.Context, m generation.Making) (generation.Prepared, error) {
	f.wanted = append(f.wanted, m)
	return f.found, f.do("prepare")
}

func (f *fake) Adopt(context.Context, string, string, generation.Own, func(string)) error {
	return f.do("adopt")
}

func (f *fake) Finish(context.Context, string, generation.Generation) error { return f.do("finish") }

func (f *fake) Flip(_ context.Context, id string, _ []string, _ func(string)) (generation.Flipped, error) {
	return generation.Flipped{}, f.do("flip " + id)
}

func (f *fake) Discard(context.Context, string) error         { return f.do("discard") }
func (f *fake) Retire(context.Context, int) ([]string, error) { return nil, f.do("retire") }
func (f *fake) hook(verb string) func(context.Context) error {
	return func(context.Context) error { return f.do(verb) }
}
func (f *fake) erase(context.Context) (int, error) { return 0, f.do("erase") }

func (f *fake) Ask(_ context.Context, verb string, request, answer any, _ func(string)) error {
	if b, ok := answer.(*begun); ok {
		*b = begun{Key: "k", Served: f.served}
		f.wanted = append(f.wanted, request.(map[string]string)["wanted"])
	}
	return f.do(verb)
}

func options(f *fake) Options {
	f.found = generation.Prepared{ID: "gen-0002"}
	f.list = generation.Listing{Current: "gen-0001", Generations: []generation.Generation{{ID: "gen-0001", Bytes: 7, Current: true}}}
	return Options{
		Stack: "production", Machine: f, Request: Request{Repo: 1},
		Out:   config.OdooOutputs{Containers: map[string]string{"postgres": "p", "backup": "b", "odoo": "o"}},
		Erase: f.erase, Backup: f.hook("backup"), Smoke: f.hook("smoke"), Say: func(string) {},
	}
}

var whole = []string{
	"begin", "prepare", "quiet", "restore", "inspect", "files", "adopt", "finish", "flip gen-0002", "served",
	"erase", "backup", "smoke", "retire", "end",
}

func TestNothingIsTouchedBeforeTheNewGenerationIsComplete(t *testing.T) {
	f := &fake{}
	r, err := Run(t.Context(), options(f))
	require.NoError(t, err)
	assert.Equal(t, whole, f.asked)
	assert.Equal(t, "gen-0001", r.Before)
	assert.Contains(t, f.wanted, generation.Making{Key: "k", NeedBytes: 7})
}

func TestARestoreThatFailsBeforeTheSwitchServesWhatWasServed(t *testing.T) {
	for _, verb := range []string{"quiet", "restore", "inspect", "files", "adopt", "finish", "flip gen-0002"} {
		f := &fake{fails: verb}
		_, err := Run(t.Context(), options(f))
		require.ErrorIs(t, err, errFake, verb)
		assert.Equal(t, []string{"resume", "discard", "end"}, f.asked[len(f.asked)-3:], verb)
		assert.NotContains(t, f.asked, "backup", verb)
		assert.ErrorContains(t, err, "nothing was changed")
	}
}

func TestAnInterruptedRestoreKeepsWhatItMade(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fake{fails: "files"}
	o := options(f)
	cancel()
	_, err := Run(ctx, o)
	require.Error(t, err)
	assert.Equal(t, "resume", f.asked[len(f.asked)-1])
	assert.ErrorContains(t, err, "goes on where it stopped")
}

func TestARestoreThatIsServedOnlyGetsItsBackups(t *testing.T) {
	f := &fake{served: "gen-0002"}
	_, err := Run(t.Context(), options(f))
	require.NoError(t, err)
	assert.Equal(t, []string{"begin", "erase", "backup", "smoke", "retire", "end"}, f.asked)
}

func TestAFailureAfterTheSwitchDoesNotGoBackByItself(t *testing.T) {
	f := &fake{fails: "backup"}
	_, err := Run(t.Context(), options(f))
	require.ErrorIs(t, err, errFake)
	assert.ErrorContains(t, err, "the restored data is served")
	assert.NotContains(t, f.asked, "resume")
	assert.NotContains(t, f.asked, "end", "the next run goes on here")
}

func TestAForeignClusterGetsItsStanzaBeforeItsBackup(t *testing.T) {
	for _, o := range []Options{{Foreign: true}, {Fenced: true}} {
		f := &fake{}
		all := options(f)
		all.Foreign, all.Fenced = o.Foreign, o.Fenced
		_, err := Run(t.Context(), all)
		require.NoError(t, err)
		assert.Subset(t, f.asked, []string{"execute"})
	}
}

func TestGoingBackSaysWhatItDrops(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	b := Back{From: "gen-0002", To: "gen-0001", Since: since, Rows: map[string]int64{"res_partner": 2, "mail_message": 40}}
	assert.Equal(t, "going back from gen-0002 to gen-0001 drops all that was committed since 2026-01-02T03:00:00Z (1h30m0s): "+
		"42 rows made or changed, most of them in mail_message 40, res_partner 2", b.Drops(since.Add(90*time.Minute)))
}

func TestWithoutAnEarlierGenerationThereIsNoWayBack(t *testing.T) {
	_, err := LookBack(t.Context(), options(&fake{}))
	assert.ErrorContains(t, err, "no generation on its host was served before gen-0001")
}

func TestDataIsNotPutUnderCodeThatItWasNotMadeBy(t *testing.T) {
	r := Restored{Backup: "20261122-030000F", Annotations: map[string]string{"odoo-image": "registry/odoo@sha256:aa"}}
	assert.NoError(t, fits("production", r, "elsewhere/odoo@sha256:aa"))
	assert.ErrorContains(t, fits("production", r, "registry/odoo@sha256:bb"), "odooops up production --image odoo=registry/odoo@sha256:aa")
	assert.NoError(t, fits("production", Restored{}, "registry/odoo@sha256:bb"))
}

func TestABrokenConnectionDoesNotTakeBackASwitchThatWasMade(t *testing.T) {
	f := &fake{fails: "flip gen-0002"}
	o := options(f)
	f.list.Current = "gen-0002"
	_, err := Run(t.Context(), o)
	require.ErrorIs(t, err, errFake)
	assert.ErrorContains(t, err, "the restored data is served")
	assert.NotContains(t, f.asked, "discard")
	assert.NotContains(t, f.asked, "end", "erasures and backups are still to come")
}

func TestGoingBackErasesAgainBeforeItsBackup(t *testing.T) {
	f := &fake{}
	require.NoError(t, Rollback(t.Context(), options(f), Back{From: "gen-0002", To: "gen-0001"}))
	assert.Equal(t, []string{"flip gen-0001", "end", "erase", "backup"}, f.asked)
}

// TestAllThereIsIsRestoredAnewWhereUsersWentOnWorking asks the script.
func TestAllThereIsIsRestoredAnewWhereUsersWentOnWorking(t *testing.T) {
	data, bin := t.TempDir(), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(data, "site", "gen-0001"), 0o755))
	require.NoError(t, os.Symlink("gen-0001", filepath.Join(data, "site", "current")))
	source := strings.Replace(generation.Source(script), `DATA = "/data"`, `DATA = "`+data+`"`, 1)
	begin := func(key, newest, odooRuns string) begun {
		require.NoError(t, os.WriteFile(filepath.Join(bin, "docker"), []byte("#!/bin/sh\necho "+odooRuns+"\n"), 0o755))
		line, err := json.Marshal(map[string]any{"stack": "site", "verb": "begin", "request": map[string]string{
			"wanted": "w", "key": key, "by": "me", "newest": newest, "odoo": "o",
		}})
		require.NoError(t, err)
		cmd := exec.Command("python3", "-c", source)
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
		cmd.Stdin = bytes.NewReader(append(line, '\n'))
		out, err := cmd.Output()
		require.NoError(t, err)
		var b begun
		require.NoError(t, json.Unmarshal(out, &b))
		return b
	}
	assert.Equal(t, begun{Key: "a"}, begin("a", "yes", "true"))
	assert.Equal(t, begun{Key: "a", Resumed: true}, begin("b", "yes", "false"), "nobody worked since")
	assert.Equal(t, begun{Key: "a", Resumed: true}, begin("b", "", "true"), "a point in time stays what it is")
	assert.Equal(t, begun{Key: "b"}, begin("b", "yes", "true"))
	marker := filepath.Join(data, "site", "gen-0001", "generation.json")
	require.NoError(t, os.WriteFile(marker, []byte(`{"key":"b"}`), 0o600))
	assert.Equal(t, begun{Key: "b", Resumed: true}, begin("c", "yes", "true"), "what is served is what it made")
}
