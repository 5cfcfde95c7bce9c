package cloudinit_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// disks are what the guard of the previews' disks (files/previews-reserve.py)
// meets at one moment. Before it looks, it may have time to learn how large
// the previews are.
type disks struct {
	VolumeMB, DropletMB int            // free
	Volumes, Layers     map[string]int // stack → MB
	Learn               bool
}

// guard lets the guard look at one moment after the other, and returns what it
// did: testdata/reserve.py stands for Docker and the disks, of 20 GB each.
func guard(t *testing.T, moments ...disks) string {
	t.Helper()
	return guardAfter(t, nil, moments...)
}

// guardAfter is a guard whose predecessor ended with these containers paused.
func guardAfter(t *testing.T, paused []string, moments ...disks) string {
	t.Helper()
	input, err := json.Marshal(moments)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "python3", append([]string{"-B", "testdata/reserve.py", t.TempDir()}, paused...)...)
	cmd.Stdin = strings.NewReader(string(input))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// at is a moment with this much free, at which two previews hold this much.
func at(freeMB, a, b int) disks {
	return disks{VolumeMB: freeMB, DropletMB: 9000, Volumes: map[string]int{"a": a, "b": b}}
}

// known is a moment at which the previews are learned.
func (d disks) known() disks {
	d.Learn = true
	return d
}

func TestWithRoomNobodyIsTouched(t *testing.T) {
	done := guard(t, at(9000, 10, 10).known(), at(8000, 1000, 10), at(1100, 7900, 10))
	assert.NotContains(t, done, "pause ")
	assert.NotContains(t, done, "prune")
}

func TestBelowTheReserveWhoGrewIsPausedAndTheOthersGoOn(t *testing.T) {
	done := guard(t, at(9000, 2000, 10).known(), at(900, 2020, 8000))
	assert.Contains(t, done, "pause a-odoo a-postgres b-odoo b-postgres\nunpause a-odoo a-postgres\n", "all are, until it is known who grew")
	assert.Contains(t, done, "b grew by 7990 MB and is paused until 1280 MB are")
	assert.Contains(t, done, "paused at the end: b-odoo b-postgres\n")
}

func TestWhoGrewLatelyIsPausedBeforeWhoGrewLongAgo(t *testing.T) {
	done := guard(t, at(9000, 10, 10).known(), at(4000, 5000, 10).known(), at(900, 5000, 3000))
	assert.Contains(t, done, "paused at the end: b-odoo b-postgres\n")
}

func TestWhoGrowsSlowlyIsFoundToo(t *testing.T) {
	done := guard(t, at(9000, 10, 10).known(), at(1030, 7900, 10).known(), at(1020, 7910, 10))
	assert.Contains(t, done, "paused at the end: a-odoo a-postgres\n")
}

func TestNobodyIsPausedForItsUsualWork(t *testing.T) {
	done := guard(t, at(9000, 10, 10).known(), at(900, 11, 30), at(899, 11, 31), at(850, 11, 60))
	assert.Contains(t, done, "no preview grew by 64 MB, nobody is paused")
	assert.Equal(t, 1, strings.Count(done, "\npause "), "not again before more is gone")
	assert.Contains(t, done, "paused at the end: nobody\n")
}

func TestWhenMoreIsGoneTheNextIsPaused(t *testing.T) {
	done := guard(t, at(9000, 10, 10).known(), at(900, 7000, 10), at(700, 7000, 210))
	assert.Contains(t, done, "paused at the end: a-odoo a-postgres b-odoo b-postgres\n")
}

func TestTheBallastIsForThoseWhoGoOn(t *testing.T) {
	calm, full := at(9000, 10, 10).known(), at(0, 9000, 10)
	assert.Contains(t, guard(t, calm, full), "ballast at the end: given\n")
	assert.Contains(t, guard(t, calm, at(900, 8000, 10)), "ballast at the end: there\n", "kept while it is not needed")
	assert.Contains(t, guard(t, calm, full, at(1400, 7600, 10)), "ballast at the end: given\n", "no room for it yet")
	assert.Contains(t, guard(t, calm, full, at(1900, 7100, 10)), "ballast at the end: there\n")
}

func TestWithRoomAgainThePausedGoOn(t *testing.T) {
	calm, full := at(9000, 10, 10).known(), at(900, 8000, 10)
	assert.Contains(t, guard(t, calm, full, at(1200, 7700, 10)), "paused at the end: a-odoo a-postgres\n", "not enough room")
	assert.Contains(t, guard(t, calm, full, at(1300, 7600, 10)), "paused at the end: nobody\n")
}

func TestWhatAKilledGuardHadPausedGoesOn(t *testing.T) {
	assert.Contains(t, guardAfter(t, []string{"b-odoo", "gone"}, at(9000, 10, 10)), "unpause b-odoo gone\n")
}

func TestWhoFillsTheDropletsDiskIsPausedAndNobodyElse(t *testing.T) {
	calm := disks{VolumeMB: 9000, DropletMB: 9000, Layers: map[string]int{"a": 1, "b": 1}, Learn: true}
	full := disks{VolumeMB: 9000, DropletMB: 900, Layers: map[string]int{"a": 2, "b": 8000}, Learn: true}
	done := guard(t, calm, full, full)
	assert.Equal(t, 1, strings.Count(done, "prune"), "at most once a minute")
	assert.Contains(t, done, "paused at the end: b-odoo b-postgres\n")
	assert.NotContains(t, done, "paused at the end: a")
}
