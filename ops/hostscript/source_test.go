package hostscript

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// python is a script on this computer, whose part finds a directory of its own
// in request["dir"], and what docker was called with in its file calls.
func python(t *testing.T, dir, part string) *exec.Cmd {
	t.Helper()
	docker := "#!/bin/sh\necho \"$@\" >>" + dir + "/calls\n[ \"$1\" != image ]\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docker"), []byte(docker), 0o700))
	line, err := json.Marshal(map[string]string{"dir": dir})
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "python3", "-c", Source(part))
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	cmd.Stdin = bytes.NewReader(append(line, '\n'))
	return cmd
}

func ran(t *testing.T, dir, part string) (stdout, stderr string, err error) {
	t.Helper()
	var out, said bytes.Buffer
	cmd := python(t, dir, part)
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	return out.String(), said.String(), err
}

func TestAFileIsWrittenWholeAndLeavesNothingBeside(t *testing.T) {
	dir := t.TempDir()
	out, said, err := ran(t, dir, `
def twice(request):
    path = request["dir"] + "/held/state.json"
    os.mkdir(os.path.dirname(path))
    write(path, {"n": 1})
    open(os.path.dirname(path) + "/.state.json.partial", "w").write("what a crash left, which is longer")
    write(path, {"n": 2})
    return [read(path, None), read(path + ".none", "missing"), os.listdir(os.path.dirname(path))]

answer(twice)
`)
	require.NoError(t, err, said)
	assert.JSONEq(t, `[{"n": 2}, "missing", ["state.json"]]`, out)
}

func TestAWriteThatFailsKeepsWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "state.json"), []byte(`{"n": 1}`), 0o600))
	_, said, err := ran(t, dir, `
def full(*_):
    raise OSError(28, "No space left on device")

os.fsync = full
answer(lambda request: write(request["dir"] + "/state.json", {"n": 2}))
`)
	require.Error(t, err)
	assert.Contains(t, said, "failed: [Errno 28]")
	kept, err := os.ReadFile(filepath.Join(dir, "state.json"))
	require.NoError(t, err)
	assert.JSONEq(t, `{"n": 1}`, string(kept))
}

const locking = `
def held(request):
    with flocked(request["dir"] + "/lock", 0.2, lambda holder: "held by " + holder) as file:
        file.truncate(0)
        file.write("me")
        file.flush()
        print("got", flush=True)
        %s

answer(held)
`

func TestALockIsRefusedWhileAnotherProcessHoldsIt(t *testing.T) {
	dir := t.TempDir()
	holder := python(t, dir, strings.Replace(locking, "%s", "time.sleep(600)", 1))
	stdout, err := holder.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, holder.Start())
	_, err = io.ReadFull(stdout, make([]byte, len("got\n")))
	require.NoError(t, err)

	_, said, err := ran(t, dir, strings.Replace(locking, "%s", "pass", 1))
	require.Error(t, err)
	assert.Equal(t, "failed: held by me\n", said)

	require.NoError(t, holder.Process.Kill())
	_ = holder.Wait()
	_, said, err = ran(t, dir, strings.Replace(locking, "%s", "pass", 1))
	require.NoError(t, err, "it ends with who holds it, however that ends: %s", said)
}

func TestAFailureIsOneLineAndExitCodeOne(t *testing.T) {
	for name, raised := range map[string]string{
		"no such stack":          `Failed("no such stack")`,
		"[Errno 2] gone":         `OSError(2, "gone")`,
		"Command 'du' timed out": `subprocess.TimeoutExpired("du", 1)`,
	} {
		out, said, err := ran(t, t.TempDir(), "def fails(_request):\n    raise "+raised+"\n\nanswer(fails)\n")
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		assert.Equal(t, 1, exit.ExitCode())
		assert.Empty(t, out)
		assert.True(t, strings.HasPrefix(said, "failed: "+name), said)
		assert.Equal(t, 1, strings.Count(said, "\n"), said)
	}
}

func TestNothingIsAnsweredWhereThereIsNoAnswer(t *testing.T) {
	out, _, err := ran(t, t.TempDir(), "answer(lambda _request: None)\n")
	require.NoError(t, err)
	assert.Empty(t, out)
}

// deaf starts a script whose stderr nobody reads any more, once it is there.
func deaf(t *testing.T, dir, part string) *exec.Cmd {
	t.Helper()
	cmd := python(t, dir, part)
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = io.ReadFull(stderr, make([]byte, len("there\n")))
	require.NoError(t, err)
	require.NoError(t, stderr.Close())
	return cmd
}

func TestWhatItStartedEndsWithTheOperator(t *testing.T) {
	for name, clean := range map[string]string{"cleaned": "docker('rm', 'it')", "not cleaned": "docker('rm', 'it') and None.none"} {
		dir := t.TempDir()
		cmd := deaf(t, dir, `
def works(_request):
    end_with_the_operator(lambda: `+clean+`)
    say("there")
    time.sleep(600)

answer(works)
`)
		began := time.Now()
		require.Error(t, cmd.Wait(), name)
		assert.Less(t, time.Since(began), time.Minute, name)
		assert.Equal(t, 1, cmd.ProcessState.ExitCode(), name)
		calls, err := os.ReadFile(filepath.Join(dir, "calls"))
		require.NoError(t, err)
		assert.Equal(t, "rm it\n", string(calls), name)
	}
}

func TestWhatDoesNotEndWithTheOperatorIsEndedWithoutOne(t *testing.T) {
	dir := t.TempDir()
	cmd := deaf(t, dir, `
def goes_on(request):
    say("there")
    while os.path.exists(request["dir"] + "/docker"):
        say("nobody hears this")
        time.sleep(0.05)
    write(request["dir"] + "/ended", True)

answer(goes_on)
`)
	require.NoError(t, os.Remove(filepath.Join(dir, "docker")))
	require.NoError(t, cmd.Wait())
	assert.FileExists(t, filepath.Join(dir, "ended"))
}

func TestARegistrysTokenIsOnNoCommandLineAndGoneAfterwards(t *testing.T) {
	dir := t.TempDir()
	_, said, err := ran(t, dir, `answer(lambda request: pull(["odoo@sha256:1"], "s3cret", request["dir"]))`)
	require.NoError(t, err, said)
	assert.Equal(t, "pulling odoo@sha256:1\n", said)
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	require.NoError(t, err)
	assert.Equal(t, "image inspect odoo@sha256:1\n--config "+dir+"/login pull --quiet odoo@sha256:1\n", string(calls))
	assert.NoDirExists(t, filepath.Join(dir, "login"))
}
