package generation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostWithout is this computer as a host whose Docker only remembers what it
// was asked; a container called sick never gets healthy on gen-0002.
type hostWithout struct {
	t    *testing.T
	data string
	path string
	// deaf says that nobody reads what the script says.
	deaf bool
}

const fakeDocker = `#!/bin/sh
echo "$*" >>"$DATA/calls"
case "$*" in
"inspect --format"*)
	health=healthy
	case "$* $(readlink "$DATA/site/current")" in *sick*gen-0002) health=unhealthy ;; esac
	printf '{"Running":true,"Health":{"Status":"%s"}}' $health ;;
esac
`

func newHost(t *testing.T) hostWithout {
	t.Helper()
	h := hostWithout{t: t, data: t.TempDir()}
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "docker"), []byte(fakeDocker), 0o755))
	h.path = bin + ":" + os.Getenv("PATH")
	require.NoError(t, os.MkdirAll(filepath.Join(h.data, "site", "gen-0001", "postgres"), 0o755))
	require.NoError(t, os.Symlink("gen-0001", filepath.Join(h.data, "site", "current")))
	return h
}

func (h hostWithout) ask(verb string, request, answer any) error {
	h.t.Helper()
	source := strings.Replace(Source(script), `DATA = "/data"`, `DATA = "`+h.data+`"`, 1)
	source = strings.ReplaceAll(source, "os.chown(", "(lambda *_: None)(")
	source = strings.Replace(source, "PATIENCE = 10 ", "PATIENCE = 0 ", 1)
	line, err := json.Marshal((&Host{Stack: "site"}).request(verb, request))
	require.NoError(h.t, err)
	cmd := exec.Command("python3", "-c", source)
	cmd.Env = append(os.Environ(), "PATH="+h.path, "DATA="+h.data)
	cmd.Stdin = bytes.NewReader(append(line, '\n'))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if h.deaf {
		read, write, err := os.Pipe()
		require.NoError(h.t, err)
		require.NoError(h.t, read.Close())
		defer func() { _ = write.Close() }()
		cmd.Stderr = write
	}
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%w: %s", err, stderr.String())
	}
	if answer != nil {
		require.NoError(h.t, json.Unmarshal(out, answer), stderr.String())
	}
	return nil
}

func (h hostWithout) current() string {
	name, err := os.Readlink(filepath.Join(h.data, "site", "current"))
	require.NoError(h.t, err)
	return name
}

func (h hostWithout) calls() string {
	text, _ := os.ReadFile(filepath.Join(h.data, "calls"))
	return string(text)
}

// made makes a finished generation.
func (h hostWithout) made(key string) string {
	h.t.Helper()
	var p Prepared
	require.NoError(h.t, h.ask("prepare", Making{Key: key}, &p))
	require.NoError(h.t, h.ask("finish", map[string]any{"id": p.ID, "generation": Generation{Source: "production"}}, nil))
	return p.ID
}

func TestARunThatIsTriedAgainGoesOnWithItsGeneration(t *testing.T) {
	h := newHost(t)
	var first, again Prepared
	require.NoError(t, h.ask("prepare", Making{Key: "a"}, &first))
	require.NoError(t, h.ask("prepare", Making{Key: "a"}, &again))
	assert.Equal(t, "gen-0002", again.ID)
	assert.True(t, again.Resumed)
	assert.False(t, first.Resumed)
	h.made("a")
	require.NoError(t, h.ask("prepare", Making{Key: "a"}, &again))
	assert.True(t, again.Finished)
	require.NoError(t, h.ask("prepare", Making{Key: "b"}, &again))
	assert.Equal(t, "gen-0003", again.ID)
}

func TestWhatNobodyFinishedMakesRoomForTheNextRun(t *testing.T) {
	h := newHost(t)
	var p Prepared
	require.NoError(t, h.ask("prepare", Making{Key: "killed"}, &p))
	require.NoError(t, h.ask("prepare", Making{Key: "next"}, &p))
	assert.Equal(t, "gen-0002", p.ID)
	var l Listing
	require.NoError(t, h.ask("list", nil, &l))
	assert.Equal(t, []string{"gen-0002"}, l.Partial)
}

func TestAGenerationThatDoesNotFitIsRefused(t *testing.T) {
	assert.Error(t, newHost(t).ask("prepare", Making{Key: "a", NeedBytes: 1 << 60}, nil))
}

func TestASwitchStopsInReverseAndStartsInOrder(t *testing.T) {
	h := newHost(t)
	id := h.made("a")
	var f Flipped
	require.NoError(t, h.ask("flip", map[string]any{"id": id, "containers": []string{"db", "app"}}, &f))
	assert.Equal(t, Switch{From: "gen-0001", To: "gen-0002"}, f.Switch)
	assert.Equal(t, "gen-0002", h.current())
	var order []string
	for line := range strings.Lines(h.calls()) {
		if strings.HasPrefix(line, "st") {
			order = append(order, strings.TrimSpace(line))
		}
	}
	assert.Equal(t, []string{"stop app", "stop db", "start db", "start app"}, order)

	var l Listing
	require.NoError(t, h.ask("list", nil, &l))
	require.NotNil(t, l.Before())
	assert.Equal(t, "gen-0001", l.Before().ID)
	assert.Nil(t, l.Interrupted)
}

func TestASwitchWhoseOperatorWentAwayIsEnded(t *testing.T) {
	h := newHost(t)
	id := h.made("a")
	h.deaf = true
	require.NoError(t, h.ask("flip", map[string]any{"id": id, "containers": []string{"db", "app"}}, nil))
	assert.Contains(t, h.calls(), "start app")
	assert.NoFileExists(t, filepath.Join(h.data, "site", ".flip.json"))
}

func TestASwitchWaitsForOneThatAKilledRunLeftAndNothingElseDoes(t *testing.T) {
	h := newHost(t)
	id := h.made("a")
	lock, err := os.OpenFile(filepath.Join(h.data, "site", ".lock"), os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { _ = lock.Close() }()
	require.NoError(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX))
	require.ErrorContains(t, h.ask("prepare", Making{Key: "b"}, nil), "another operation is working on the data of site")
	time.AfterFunc(500*time.Millisecond, func() { _ = syscall.Flock(int(lock.Fd()), syscall.LOCK_UN) })
	require.NoError(t, h.ask("flip", map[string]any{"id": id, "containers": []string{"site-postgres"}}, nil))
	assert.Equal(t, id, h.current())
}

func TestWhatDoesNotGetHealthyIsSwitchedBack(t *testing.T) {
	h := newHost(t)
	id := h.made("a")
	require.Error(t, h.ask("flip", map[string]any{"id": id, "containers": []string{"db", "sick"}}, nil))
	assert.Equal(t, "gen-0001", h.current())
	assert.True(t, strings.HasSuffix(strings.TrimSpace(h.calls()), "sick"), "the old one is started and waited for")
	assert.NoFileExists(t, filepath.Join(h.data, "site", ".flip.json"))
}

func TestASwitchThatAKillCutInHalfIsFinishedByTheNext(t *testing.T) {
	h := newHost(t)
	id := h.made("a")
	site := filepath.Join(h.data, "site")
	require.NoError(t, os.WriteFile(filepath.Join(site, ".flip.json"), []byte(`{"from":"gen-0001","to":"gen-0002"}`), 0o600))
	require.NoError(t, os.Remove(filepath.Join(site, "current")))
	require.NoError(t, os.Symlink("gen-0002", filepath.Join(site, "current")))

	var l Listing
	require.NoError(t, h.ask("list", nil, &l))
	assert.Equal(t, &Switch{From: "gen-0001", To: "gen-0002"}, l.Interrupted)
	var f Flipped
	require.NoError(t, h.ask("flip", map[string]any{"id": id, "containers": []string{"db"}}, &f))
	assert.Equal(t, "gen-0001", f.From, "so that it can still go back")
	assert.Contains(t, h.calls(), "start db")
}

func TestRetiringKeepsTheCurrentOneAndTheNewest(t *testing.T) {
	h := newHost(t)
	for _, key := range []string{"a", "b", "c"} {
		h.made(key)
	}
	var gone []string
	require.NoError(t, h.ask("retire", map[string]any{"keep": 2}, &gone))
	assert.Equal(t, []string{"gen-0002"}, gone)
	assert.DirExists(t, filepath.Join(h.data, "site", "gen-0001"), "it is current, old as it is")
	assert.Error(t, h.ask("discard", map[string]any{"id": "gen-0001"}, nil))
}

func TestAGenerationThatWasLeftOnAFullDiskCanBeRemovedAndServedAgain(t *testing.T) {
	h := newHost(t)
	store := filepath.Join(h.data, "site", "gen-0001", "filestore", "ab")
	require.NoError(t, os.MkdirAll(store, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(store, "abc"), nil, 0o600))
	if exec.Command("chattr", "+i", store).Run() != nil {
		t.Skip("directories can't be made immutable here")
	}
	t.Cleanup(func() { _ = exec.Command("chattr", "-R", "-i", h.data).Run() })
	flip := func(id string) {
		require.NoError(t, h.ask("flip", map[string]any{"id": id, "containers": []string{"app"}}, nil))
	}
	next := h.made("a")
	flip(next)
	flip("gen-0001")
	require.NoError(t, os.WriteFile(filepath.Join(store, "upload"), nil, 0o600))

	require.NoError(t, exec.Command("chattr", "+i", store).Run())
	flip(next)
	require.NoError(t, h.ask("retire", map[string]any{"keep": 0}, nil))
	left, err := filepath.Glob(filepath.Join(h.data, "site", "*gen-0001*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}
