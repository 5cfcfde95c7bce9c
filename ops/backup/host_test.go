package backup

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// docker is one that notes how it was called, and with what on its stdin.
const docker = `#!/bin/sh
echo "$@" >>"$NOTES/calls"
case "$1 $2" in
"container inspect")
  [ "$3" = production-backup ] || exit 1
  echo '[{"State":{"Running":'"$RUNNING"'},"Config":{"Image":"postgres@sha256:1"},"NetworkSettings":{"Networks":{"production-archive":{}}},
    "Mounts":[{"Source":"/data/production/current/postgres","Destination":"/var/lib/postgresql/data"},{"Source":"/data/production/current/files","Destination":"/filestore"}]}]' ;;
"exec --interactive")
  [ "$4" != postgres ] || { echo held; cat; echo released >>"$NOTES/calls"; exit 0; } ;;
esac
case "$1 $2" in
"run --rm" | "exec --interactive")
  cat >"$NOTES/stdin"
  echo progress >&2
  [ -z "$BUSY" ] || { echo 'Conflict. The container name "/production-expire" is already in use' >&2; exit 125; }
  echo '{"repositories":[]}'; exit 3 ;;
esac
`

// onHost runs the script as the host would, with another docker.
func onHost(t *testing.T, r request, env ...string) (o Output, said, notes string, err error) {
	t.Helper()
	python, err := exec.LookPath("python3")
	require.NoError(t, err, "the hosts' scripts need python3: apt-get install python3")
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docker"), []byte(docker), 0o700))
	line, err := json.Marshal(r)
	require.NoError(t, err)
	var out, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), python, "-c", source())
	cmd.Env = append(append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "NOTES="+dir, "RUNNING=true", "BUSY="), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(line, '\n')), &out, &stderr
	if err = cmd.Run(); err == nil {
		require.NoError(t, json.Unmarshal(out.Bytes(), &o))
	}
	return o, stderr.String(), dir, err
}

func noted(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(b)
}

func TestKeysReachAContainerByItsStandardInputAlone(t *testing.T) {
	o, said, dir, err := onHost(t, request{"once", "production", "production-backup", []string{"expire"}, true, map[string]string{"archive.json": "s3cret"}})
	require.NoError(t, err, said)
	assert.Equal(t, 3, o.Code, "how the command ended is told, and is no failure of the host")
	assert.Equal(t, "{\"repositories\":[]}\n", o.Stdout)
	assert.Contains(t, said, "progress")
	calls := noted(t, dir, "calls")
	assert.NotContains(t, calls, "s3cret")
	assert.Contains(t, noted(t, dir, "stdin"), "s3cret")
	assert.Contains(t, calls, "--network production-archive")
	assert.Contains(t, calls, "/data/production/current/files:/filestore:ro")
	assert.NotContains(t, calls, "/var/lib/postgresql/data", "it has nothing to do with the database")
	assert.Contains(t, calls, "postgres@sha256:1")
	assert.Less(t, strings.Index(calls, "flock"), strings.Index(calls, "run --rm"), "no backup is made meanwhile")
	assert.True(t, strings.HasSuffix(calls, "released\n"))
}

func TestASecondOneAtTheSameTimeIsRefused(t *testing.T) {
	_, said, _, err := onHost(t, request{"once", "production", "production-backup", []string{"expire"}, false, map[string]string{}}, "BUSY=1")
	assert.Error(t, err)
	assert.Contains(t, said, "failed: another expire is at work there")
}

func TestABackupContainerThatIsStoppedOrGoneIsNamed(t *testing.T) {
	for _, name := range []string{"production-backup", "gone"} {
		_, said, _, err := onHost(t, request{"exec", "production", name, []string{"backup-run", "full"}, false, nil}, "RUNNING=false")
		assert.Error(t, err)
		assert.Contains(t, said, "failed: ")
		assert.Contains(t, said, name)
	}
}

func TestABackupIsMadeByTheContainerThatIsThere(t *testing.T) {
	o, said, dir, err := onHost(t, request{"exec", "production", "production-backup", []string{"backup-run", "full", "--repo", "2"}, false, nil})
	require.NoError(t, err, said)
	assert.Equal(t, 3, o.Code)
	assert.True(t, strings.Contains(noted(t, dir, "calls"), "exec --interactive production-backup backup-run full --repo 2\n"))
}
