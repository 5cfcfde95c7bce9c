package cloudinit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// previewsDisk is a previews' host that has some MB free: volumeMB may be one
// number for each look.
type previewsDisk struct {
	volumeMB, dropletMB string
	// folder stands for /data/docker-volumes.
	folder string
	log    string
}

func newPreviewsDisk(t *testing.T, volumeMB, dropletMB string) *previewsDisk {
	t.Helper()
	return &previewsDisk{volumeMB: volumeMB, dropletMB: dropletMB, folder: t.TempDir()}
}

// stubs are the host's commands. Of two previews, a's files go while du looks,
// and b grows and holds 300 MB in its container's layer.
var stubs = map[string]string{
	"findmnt": "echo /dev/x", "blockdev": "echo 1", "xfs_growfs": "", "mountpoint": "exit 1", "sleep": "",
	"stat": `case "$*" in */var/lib/docker) echo "$DROPLET_MB 1048576";; *)
read -ra mb <<<"$VOLUME_MB"; echo . >>"$LOG.looks"; n=$(($(wc -l <"$LOG.looks") - 1)); ((n < ${#mb[@]})) || n=$((${#mb[@]} - 1))
echo "${mb[n]} 1048576 20000";; esac`,
	"du": `case "$*" in *a-data*) echo "5	x"; exit 1;; esac
echo . >>"$LOG.turns"; echo "$(($(wc -l <"$LOG.turns") * 10000))	x"`,
	"chattr": `echo "chattr $1 in $PWD: ${*:2}" >>"$LOG"`,
	"docker": `last=${!#}
case "$*" in
"ps --filter"*) printf 'b\na\n';;
"ps -q"*stack=*) echo "id-of-${last##*=}";;
"ps -q"*) printf 'id-of-a\nid-of-b\n';;
"volume ls"*) echo "${last##*=}-data";;
"container inspect"*) printf '4096 /a-odoo\n314572800 /b-odoo\n';;
*) echo "docker $*" >>"$LOG";;
esac`,
}

// run goes three times through the loop, and returns what was done.
func (d *previewsDisk) run(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	require.NoError(t, os.Mkdir(bin, 0o755))
	for name, body := range stubs {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/bash\n"+body+"\n"), 0o755))
	}
	text, err := os.ReadFile("files/previews-reserve.sh")
	require.NoError(t, err)
	script := filepath.Join(dir, "script")
	require.NoError(t, os.WriteFile(script, []byte(strings.NewReplacer(
		"/run/odooops-paused", dir+"/paused", "/data/docker-volumes", d.folder, "while true; do", "for _ in 1 2 3; do",
	).Replace(string(text))), 0o755))

	d.log = filepath.Join(dir, "log")
	c := exec.Command("bash", script)
	c.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "LOG="+d.log, "VOLUME_MB="+d.volumeMB, "DROPLET_MB="+d.dropletMB)
	out, err := c.CombinedOutput()
	require.NoError(t, err, string(out))
	done, _ := os.ReadFile(d.log)
	return string(done)
}

func TestThePreviewThatGrowsIsPausedAlthoughFilesOfAnotherGoMeanwhile(t *testing.T) {
	done := newPreviewsDisk(t, "100", "9000").run(t)
	assert.Contains(t, done, "docker pause id-of-b")
	assert.NotContains(t, done, "pause id-of-a")
}

func TestWhoFillsTheDropletsDiskIsPausedAndNobodyElse(t *testing.T) {
	done := newPreviewsDisk(t, "9000", "100").run(t)
	assert.Contains(t, done, "docker image prune --all --force\n")
	assert.Equal(t, 1, strings.Count(done, "image prune"), "at most once a minute")
	assert.Contains(t, done, "docker pause b-odoo\n")
	assert.NotContains(t, done, "pause a-odoo")
}

func TestWithRoomNobodyIsTouched(t *testing.T) {
	assert.Empty(t, newPreviewsDisk(t, "9000", "9000").run(t))
}

func TestALinkInTheFilestoresPlaceLeadsNowhere(t *testing.T) {
	d := newPreviewsDisk(t, "900", "9000") // uploads are closed, nobody is paused
	host := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(host, "etc"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(d.folder, "a-data/_data/upper/filestore/odoo"), 0o755))
	require.NoError(t, os.Symlink(host, filepath.Join(d.folder, "a-data/_data/upper/filestore/odoo/ab")))
	require.NoError(t, os.MkdirAll(filepath.Join(d.folder, "b-data/_data/upper"), 0o755))
	require.NoError(t, os.Symlink(host, filepath.Join(d.folder, "b-data/_data/upper/filestore")))
	done := d.run(t)
	assert.Contains(t, done, "chattr +i in "+filepath.Join(d.folder, "a-data/_data/upper/filestore")+": ./odoo\n")
	assert.NotContains(t, done, host)
	assert.NotContains(t, done, "etc")
	assert.NotContains(t, done, "b-data")
	assert.NotContains(t, done, "./ab")
}

func TestTheFilesOfWhatRunsNoMoreAreFreeToGo(t *testing.T) {
	d := newPreviewsDisk(t, "900", "9000") // uploads are closed
	for _, stack := range []string{"a", "c"} {
		require.NoError(t, os.MkdirAll(filepath.Join(d.folder, stack+"-data/_data/upper/filestore"), 0o755))
	}
	done := d.run(t)
	assert.Contains(t, done, "chattr +i in "+filepath.Join(d.folder, "a-data"))
	assert.NotContains(t, done, "chattr +i in "+filepath.Join(d.folder, "c-data"))
	assert.Contains(t, done, "chattr -i in "+filepath.Join(d.folder, "c-data"))
}

// Below 1024 MB uploads are closed, and open again above 1280.
func TestBetweenClosedAndOpenWhatRunsNoMoreIsFreeToGoToo(t *testing.T) {
	d := newPreviewsDisk(t, "900 1100 1100", "9000")
	for _, stack := range []string{"a", "c"} {
		require.NoError(t, os.MkdirAll(filepath.Join(d.folder, stack+"-data/_data/upper/filestore"), 0o755))
	}
	done := d.run(t)
	assert.Equal(t, 3, strings.Count(done, "chattr -i in "+filepath.Join(d.folder, "c-data")), "on every turn")
	assert.NotContains(t, done, "chattr -i in "+filepath.Join(d.folder, "a-data"), "uploads stay closed")
}
