// Package gate looks at a checkout of addons, or at a database, before what is
// in it is let in: one gate a file. A gate changes nothing. What it can't read
// is an error, and so is nothing to look at: neither is ever a pass.
package gate

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/odooops/odooops/ops/fault"
)

// Level is what a finding means.
type Level string

// The levels: a gate fails by one finding of level fail.
const (
	Warn Level = "warn"
	Fail Level = "fail"
)

// Finding is one thing that should be otherwise.
type Finding struct {
	File  string `json:"file,omitempty"` // below the folder, with slashes; or what was looked at: "stack production"
	Line  int    `json:"line,omitempty"` // from 1; 0 is the whole file
	Level Level  `json:"level"`
	Cause string `json:"cause"` // what is there, in a sentence
	Next  string `json:"next"`  // what to do about it
}

// Where is FILE:LINE, as editors take it.
func (f Finding) Where() string {
	switch {
	case f.File == "":
		return "-"
	case f.Line == 0:
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// Report is what a gate found.
type Report struct {
	// Checked are the names of what was looked at: files, modules, a stack. A
	// finding's File is mostly one of them.
	Checked  []string
	Findings []Finding
}

// Failed is how many findings make the gate fail.
func (r Report) Failed() int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == Fail {
			n++
		}
	}
	return n
}

func (r *Report) add(level Level, file string, line int, next, cause string, args ...any) {
	r.Findings = append(r.Findings, Finding{File: file, Line: line, Level: level, Cause: fmt.Sprintf(cause, args...), Next: next})
}

func (r *Report) fail(file string, line int, next, cause string, args ...any) {
	r.add(Fail, file, line, next, cause, args...)
}

func (r *Report) warn(file string, line int, next, cause string, args ...any) {
	r.add(Warn, file, line, next, cause, args...)
}

// Check is a gate with its options, ready to look.
type Check func(ctx context.Context) (Report, error)

// Run looks, and puts what was found into order. Nothing looked at is an error.
func Run(ctx context.Context, name string, check Check) (Report, error) {
	r, err := check(ctx)
	if err != nil {
		return Report{}, err
	}
	if len(r.Checked) == 0 {
		return Report{}, fault.Newf("gate "+name, "give --dir the folder that holds it", "there is nothing to look at")
	}
	slices.Sort(r.Checked)
	r.Checked = slices.Compact(r.Checked)
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Level, b.Level))
	})
	return r, nil
}
