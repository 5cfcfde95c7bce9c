// Package fault is the one shape of an operation's error: what was tried, what
// happened, and what to run next. The CLI prints it and derives the exit code
// from it; nothing here knows about the CLI.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Fault is an error an operator can act on.
type Fault struct {
	What  string // what was tried, naming the thing: "up production"
	Cause error  // what happened
	Next  string // the next command to run, or thing to do; may be empty
	Usage bool   // bad usage or config (exit code 2) rather than a failure (1)
}

// New is a failure.
func New(what, next string, cause error) *Fault {
	return &Fault{What: what, Next: next, Cause: cause}
}

// Newf is a failure whose cause is only a sentence.
func Newf(what, next, format string, args ...any) *Fault {
	return New(what, next, fmt.Errorf(format, args...))
}

// Usage is bad usage or bad config: nothing was tried yet.
func Usage(what, next, format string, args ...any) *Fault {
	return &Fault{What: what, Next: next, Cause: fmt.Errorf(format, args...), Usage: true}
}

func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.What)
	if f.Cause != nil {
		b.WriteString(": ")
		b.WriteString(f.Cause.Error())
	}
	if f.Next != "" {
		b.WriteString("\n  next: ")
		b.WriteString(f.Next)
	}
	return b.String()
}

func (f *Fault) Unwrap() error { return f.Cause }

// ExitCode is 0 for no error, 2 for bad usage or config, 1 for any other.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	var f *Fault
	if errors.As(err, &f) && f.Usage {
		return 2
	}
	return 1
}
