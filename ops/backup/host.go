package backup

import (
	"context"
	_ "embed" // host.py
	"encoding/json"
	"fmt"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/hostscript"
)

// Host is where the stack's containers run.
type Host interface {
	// Exec runs a command in the backup container.
	Exec(ctx context.Context, command []string, say func(string)) (Output, error)
	// Once runs a command of the image in a container of its own; one that is
	// exclusive while no backup is made. Its files are in /run/odooops, in
	// memory, for root alone.
	Once(ctx context.Context, command []string, exclusive bool, files map[string]string, say func(string)) (Output, error)
}

// Output of a command. One that failed is no error of the host.
type Output struct {
	Code   int      `json:"code"`
	Stdout string   `json:"stdout"`
	Tail   []string `json:"tail"` // of its stderr
}

// why is the last that the command said.
func (o Output) why() error {
	for i := len(o.Tail) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(o.Tail[i]); line != "" {
			return fmt.Errorf("%s", strings.TrimPrefix(line, "odooops: "))
		}
	}
	return fmt.Errorf("exit code %d", o.Code)
}

// SSH is the host behind the bastion.
type SSH struct {
	Script    *hostscript.Host
	Stack     string
	Container string // the backup's
}

var _ Host = (*SSH)(nil)

//go:embed files/host.py
var script string

func source() string { return hostscript.Source(script) }

type request struct {
	Verb      string            `json:"verb"`
	Stack     string            `json:"stack"`
	Container string            `json:"container"`
	Command   []string          `json:"command"`
	Exclusive bool              `json:"exclusive"`
	Files     map[string]string `json:"files"`
}

// Exec runs a command in the backup container.
func (s *SSH) Exec(ctx context.Context, command []string, say func(string)) (o Output, err error) {
	err = s.Script.Ask(ctx, command[0], source(), request{"exec", s.Stack, s.Container, command, false, nil}, &o, say)
	return o, err
}

// Once runs a command in a container of its own.
func (s *SSH) Once(ctx context.Context, command []string, exclusive bool, files map[string]string, say func(string)) (o Output, err error) {
	err = s.Script.Ask(ctx, command[0], source(), request{"once", s.Stack, s.Container, command, exclusive, files}, &o, say)
	return o, err
}

// answer reads a command's JSON. A command may fail and answer all the same,
// about the part that was done.
func answer(o Output, what string, v any) error {
	if err := json.Unmarshal([]byte(o.Stdout), v); err != nil {
		if o.Code != 0 {
			return fault.New(what, "", o.why())
		}
		return fault.Newf(what, "is the stack's Postgres image older than this program? Run odooops up", "unexpected answer %.200q", o.Stdout)
	}
	return nil
}
