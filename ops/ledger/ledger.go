// Package ledger records what was done to the stacks: who, what, when, with
// which outcome and evidence. It never holds a secret and never decides anything.
package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"time"
)

// Outcome of an operation.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Failed  Outcome = "failed"
	Refused Outcome = "refused"
)

// Event is one operation on one stack.
type Event struct {
	When     time.Time      `json:"when"` // start, UTC
	Seconds  float64        `json:"seconds"`
	Who      string         `json:"who"`  // user@computer
	What     string         `json:"what"` // the verb: up, destroy, smoke …
	Stack    string         `json:"stack,omitempty"`
	Outcome  Outcome        `json:"outcome"`
	Error    string         `json:"error,omitempty"`
	Evidence map[string]any `json:"evidence,omitempty"`
}

// Recorder keeps events.
type Recorder interface {
	Record(ctx context.Context, e Event) error
}

// File appends one JSON object a line.
type File struct{ Path string }

// Record appends in one write, so that two processes never mix their lines.
func (f File) Record(_ context.Context, e Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("record %s in the ledger: %w", e.What, err)
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return fmt.Errorf("record %s in the ledger: %w", e.What, err)
	}
	w, err := os.OpenFile(f.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("record %s in the ledger: %w", e.What, err)
	}
	_, err = w.Write(append(line, '\n'))
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

// Who names the operator.
func Who() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return name + "@" + host
}
