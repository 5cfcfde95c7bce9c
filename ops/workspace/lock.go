package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/fault"
)

// Lock is who holds a stack, as far as the backend tells.
type Lock struct {
	User string
	Host string
	PID  int
	At   string
}

var lockLine = regexp.MustCompile(`created by (\S+?)@(\S+) \(pid (\d+)\) at (\S+)`)

// findLock reads the lock's holder from what the engine said.
func findLock(text string) (Lock, bool) {
	if !strings.Contains(text, "currently locked by") && !strings.Contains(text, "Another update is currently in progress") {
		return Lock{}, false
	}
	m := lockLine.FindStringSubmatch(text)
	if m == nil {
		return Lock{}, true
	}
	pid, _ := strconv.Atoi(m[3])
	return Lock{User: m[1], Host: m[2], PID: pid, At: m[4]}, true
}

// holder is the state of a lock's process.
type holder int

const (
	unknown holder = iota // on another computer, or not told
	dead                  // of this computer, and gone
	alive                 // of this computer, and running
	orphan                // running, but its operator is gone: it ends by itself
)

// holderOf looks for the process on this computer.
func holderOf(l Lock, hostname string) holder {
	if l.PID == 0 || l.Host != hostname {
		return unknown
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", l.PID))
	if err != nil || !strings.Contains(string(cmdline), "pulumi") {
		if _, procErr := os.Stat("/proc/self/cmdline"); procErr != nil {
			return unknown // no /proc here: nothing can be said
		}
		return dead
	}
	if parentOf(l.PID) == 1 {
		return orphan
	}
	return alive
}

func parentOf(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(b), "\n") {
		if v, ok := strings.CutPrefix(line, "PPid:"); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(v))
			return n
		}
	}
	return 0
}

// heldError is a lock that was found without the engine.
type heldError struct{ Lock }

func (h heldError) Error() string {
	return fmt.Sprintf("locked by %s@%s (pid %d) since %s", h.User, h.Host, h.PID, h.At)
}

func lockOf(err error) (Lock, bool) {
	var h heldError
	is := errors.As(err, &h)
	return h.Lock, is
}

// ErrLocked says that somebody else is at work on the stack.
var ErrLocked = errors.New("the stack is locked")

// fault says who holds the stack and how to clear it.
func (l Lock) fault(stack string) error {
	who := "another update"
	if l.PID != 0 {
		who = fmt.Sprintf("%s on %s (pid %d) since %s", l.User, l.Host, l.PID, l.At)
	}
	return fault.New("lock "+stack,
		fmt.Sprintf("wait for it; or, when you know that it is dead, run odooops up %s --cancel (or pulumi cancel -s %s)", stack, stack),
		fmt.Errorf("%w by %s", ErrLocked, who))
}

// orphanWait bounds the wait for an engine whose operator is gone: it ends when
// the steps in flight do.
const orphanWait = graceful + 30*time.Second

// unlocked runs an operation, and once more when a dead process's lock was in
// its way.
func (s *Stack) unlocked(ctx context.Context, run func() error) error {
	for attempt := 0; ; attempt++ {
		err := run()
		if err == nil {
			return nil
		}
		l, isLock := lockOf(err)
		if !isLock {
			l, isLock = findLock(s.engine.lastStderr() + err.Error())
		}
		if !isLock {
			return err
		}
		if attempt > 0 || !s.clear(ctx, l) {
			return l.fault(s.Name)
		}
	}
}

// idle returns when nobody is at work on the stack: a dead run's lock is
// cleared, and a run whose operator is gone is waited for. The engine says who
// holds a stack only when it wants to change it; whoever looks at the world
// before that has to ask here, or it takes half of what a living run makes.
func (s *Stack) idle(ctx context.Context) error {
	return s.unlocked(ctx, func() error {
		held, err := s.backend.Locks(ctx, s.Name)
		if err != nil || len(held) == 0 {
			return err
		}
		return heldError{Lock(held[0])}
	})
}

// clear removes the lock of a process of this computer that is gone, and waits
// for one whose operator is gone. All other locks stay.
func (s *Stack) clear(ctx context.Context, l Lock) bool {
	hostname, err := os.Hostname()
	if err != nil {
		return false
	}
	state := holderOf(l, hostname)
	if state == orphan {
		s.progress.Say(fmt.Sprintf("an earlier run was killed; its engine (pid %d) is finishing the steps in flight", l.PID))
		deadline := time.Now().Add(orphanWait)
		for state == orphan && time.Now().Before(deadline) && ctx.Err() == nil {
			time.Sleep(500 * time.Millisecond)
			state = holderOf(l, hostname)
		}
	}
	if state != dead {
		return false
	}
	s.progress.Say(fmt.Sprintf("the lock of %s is of an earlier run that was killed (pid %d, %s): cleared", s.Name, l.PID, l.At))
	if err := s.Cancel(ctx); err != nil {
		// The orphan may have removed its own lock in the meantime.
		return strings.Contains(err.Error(), "no") || ctx.Err() == nil
	}
	return true
}
