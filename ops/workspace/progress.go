package workspace

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"
	"time"
)

var errFailed = errors.New("failed")

// Progress is told what the engine does while it does it.
type Progress interface {
	Started(id, what string)
	Ended(id string, err error)
	Say(line string)
}

// Lines writes progress a line at a time, with elapsed seconds, and repeats
// what takes long, so that a slow step is never silence.
type Lines struct {
	w     io.Writer
	now   func() time.Time
	start time.Time

	mu   sync.Mutex
	open map[string]running
}

type running struct {
	what string
	at   time.Time
}

// NewLines starts counting now.
func NewLines(w io.Writer, now func() time.Time) *Lines {
	return &Lines{w: w, now: now, start: now(), open: map[string]running{}}
}

// Started remembers the step; only its end, or its slowness, makes a line.
func (l *Lines) Started(id, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[id] = running{what: what, at: l.now()}
}

// Ended prints the step and what it took.
func (l *Lines) Ended(id string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.open[id]
	if !ok {
		return
	}
	delete(l.open, id)
	mark := "ok  "
	if err != nil {
		mark = "FAIL"
	}
	l.printf("%s %s (%.1f s)", mark, r.what, l.now().Sub(r.at).Seconds())
}

// Say prints a line as it is.
func (l *Lines) Say(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.printf("%s", line)
}

func (l *Lines) printf(format string, args ...any) {
	fmt.Fprintf(l.w, "%6.1f s  %s\n", l.now().Sub(l.start).Seconds(), fmt.Sprintf(format, args...))
}

// Remind repeats every interval what has not ended, until done is closed.
func (l *Lines) Remind(done <-chan struct{}, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-done:
			return
		case <-t.C:
			l.remind(every)
		}
	}
}

func (l *Lines) remind(every time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var slow []string
	for _, r := range l.open {
		if d := l.now().Sub(r.at); d >= every {
			slow = append(slow, fmt.Sprintf("...  %s (%.0f s so far)", r.what, d.Seconds()))
		}
	}
	sort.Strings(slow)
	for _, s := range slow {
		l.printf("%s", s)
	}
}
