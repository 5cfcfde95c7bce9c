package pr

import (
	"math"
	"time"
)

// timer measures phases.
type timer struct {
	began, last time.Time
	seconds     map[string]float64
}

func newTimer() *timer {
	now := time.Now()
	return &timer{began: now, last: now, seconds: map[string]float64{}}
}

func (t *timer) done(phase string) {
	now := time.Now()
	t.seconds[phase] = hundredths(now.Sub(t.last))
	t.last = now
}

func (t *timer) result() map[string]float64 {
	t.seconds["total"] = hundredths(time.Since(t.began))
	return t.seconds
}

func hundredths(d time.Duration) float64 { return math.Round(d.Seconds()*100) / 100 }
