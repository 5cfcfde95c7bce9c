package host

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var now = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func TestANewMachineGetsTimeToBoot(t *testing.T) {
	wait, booting := bootTime(now.Add(-time.Minute).Format(time.RFC3339), now)
	assert.True(t, booting)
	assert.Equal(t, 9*time.Minute, wait)
}

func TestAMachineThatWasUpBeforeIsNotWaitedForLong(t *testing.T) {
	wait, booting := bootTime(now.Add(-time.Hour).Format(time.RFC3339), now)
	assert.False(t, booting)
	assert.Equal(t, 20*time.Second, wait)
}

func TestAnUnknownAgeCountsAsNew(t *testing.T) {
	_, booting := bootTime("", now)
	assert.True(t, booting)
}
