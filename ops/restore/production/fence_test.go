package production

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAFenceOfLastWeekIsNoneForTheNextDisaster(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	m := remembered{Wanted: "w", Old: "7", Done: true, At: at}
	assert.True(t, m.of("w", at.Add(time.Hour)))
	assert.False(t, m.of("another", at.Add(time.Hour)))
	assert.False(t, m.of("w", at.Add(7*24*time.Hour)))
	assert.False(t, m.of("w", at.Add(-time.Hour)), "a clock was wrong")
	m.Done = false
	assert.True(t, m.of("w", at.Add(7*24*time.Hour)), "what was killed half-way goes on")
}
