package restore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/restore/quarantine"
)

// machine is a quarantine that answers as the images do.
type machine struct {
	// ran are the commands in their order, by role.
	ran []string
	// answers by command; what has none says nothing.
	answers map[string]any
	// codes are the exit codes of commands that fail.
	codes     map[string]int
	asked     map[string]quarantine.Container
	prepared  quarantine.Settings
	pulled    []string
	stopped   []string
	sent      string
	taken     map[string]string
	destroyed bool
}

func newMachine() *machine {
	return &machine{
		answers: map[string]any{
			"restore": quarantine.Restored{Backup: "20261122-010000F", LastCommit: "2026-11-22T04:00:00Z", Annotations: map[string]string{"odoo-image": "odoo@1"}},
			"fetch":   quarantine.Fetched{Files: 7, Bytes: 7 << 20},
			"check":   mask.CheckResult{},
			"copy":    mask.CopyResult{Tables: []mask.Table{{Name: "res_partner", Rows: 5}, {Name: "res_users", Rows: 2}}, Bytes: 3 << 20, Files: &mask.FilesResult{Kept: 3, Replaced: 4}},
			"verify":  mask.VerifyResult{Checks: []mask.Check{{Name: "counts", Pass: true}}},
			"du":      "123456\t/sizes\n123456\ttotal\n",
		},
		codes: map[string]int{}, asked: map[string]quarantine.Container{}, taken: map[string]string{},
	}
}

// verb of a command: the program's own for the mask program.
func verb(command []string) string {
	if command[0] == "odooops-mask" {
		return command[1]
	}
	return command[0]
}

func (m *machine) Run(_ context.Context, c quarantine.Container, _ func(string)) (quarantine.Output, error) {
	v := verb(c.Command)
	m.ran = append(m.ran, c.Role+" "+v)
	m.asked[v] = c
	out := quarantine.Output{Code: m.codes[v]}
	switch answer := m.answers[v].(type) {
	case nil:
	case string:
		out.Stdout = answer
	default:
		text, err := json.Marshal(answer)
		if err != nil {
			return out, err
		}
		out.Stdout = string(text)
	}
	if out.Code != 0 {
		out.Tail = []string{v + " says why"}
		return out, &quarantine.ExitError{Role: c.Role, Output: out}
	}
	return out, nil
}

func (m *machine) Exec(_ context.Context, e quarantine.Exec) (quarantine.Output, error) {
	m.ran = append(m.ran, e.Role+" exec "+e.Command[0])
	if strings.Contains(e.Stdin, "ir_module_module") {
		return quarantine.Output{Stdout: "base,web\n"}, nil
	}
	return quarantine.Output{}, nil
}

func (m *machine) Prepare(_ context.Context, s quarantine.Settings, _ func(string)) error {
	m.prepared = s
	return nil
}

func (m *machine) Pull(_ context.Context, image, _ string, _ func(string)) error {
	m.pulled = append(m.pulled, image)
	if m.codes["pull"] != 0 {
		return errors.New("no such image")
	}
	return nil
}

func (m *machine) Stop(_ context.Context, roles ...string) error {
	m.stopped = append(m.stopped, roles...)
	return nil
}
func (m *machine) Empty(context.Context, ...string) error    { return nil }
func (m *machine) Own(context.Context, string, string) error { return nil }
func (m *machine) Destroy(context.Context) error             { m.destroyed = true; return nil }
func (m *machine) Take(_ context.Context, file string, r io.Reader) error {
	text, err := io.ReadAll(r)
	m.taken[file] = string(text)
	return err
}

func (m *machine) Pack(_ context.Context, _ string, _ map[string]string, to io.Writer) error {
	if m.codes["pack"] != 0 {
		return errors.New("the disk broke")
	}
	_, err := io.WriteString(to, "masked rows")
	return err
}

// place is a target that keeps what it is told.
type place struct {
	images   Images
	did      []string
	got      string
	fail     map[string]error
	switched bool
}

func (*place) Name() string { return "staging" }
func (*place) Identity() Identity {
	return Identity{URL: "https://staging.example.com", Domain: "staging.example.com", AdminLogin: "boss@example.com", Password: "pw", Hash: "$hash"}
}
func (p *place) Images() Images { return p.images }
func (p *place) Check(context.Context) error {
	p.did = append(p.did, "check")
	return p.fail["check"]
}

func (p *place) Publish(ctx context.Context, of Publication, _ func(string)) (string, error) {
	p.did = append(p.did, fmt.Sprintf("publish %s %d %s", of.Backup, of.Bytes, of.Modules))
	err := stream(ctx, of.Stream, func(_ context.Context, r io.Reader) error {
		text, err := io.ReadAll(r)
		p.got = string(text)
		return err
	})
	return "gen-0002", errors.Join(err, p.fail["publish"])
}

func (p *place) Switch(context.Context, string, func(string)) error {
	p.did = append(p.did, "switch")
	return p.fail["switch"]
}

func (p *place) Answer(context.Context, string, func(string)) error {
	p.did = append(p.did, "answer")
	return p.fail["answer"]
}

// try runs a restore, and is its result, what was said, and its error.
func try(t *testing.T, m *machine, p *place, change func(*Options)) (Result, string, error) {
	t.Helper()
	var said []string
	o := Options{
		Source: Source{
			Stack: "production", Database: "odoo", Archive: `{"cipher":"the-cipher"}`, Endpoints: []string{"fra1.example.com"},
			Point: quarantine.Point{Repo: 1}, Odoo: "odoo@2", SecretHashes: []string{"abc"},
		},
		Target: p, Manifest: map[string]string{"base.yaml": "module: base"},
		Open: func(context.Context) (Quarantine, error) { return m, nil },
		Say:  func(line string) { said = append(said, line) }, Now: time.Now,
	}
	if change != nil {
		change(&o)
	}
	r, err := Run(t.Context(), o)
	return r, strings.Join(said, "\n"), err
}

func staged() *place {
	return &place{images: Images{Odoo: "odoo@1", Postgres: "postgres@1"}, fail: map[string]error{}}
}

// asked is the request that the mask program got.
func asked[T any](t *testing.T, m *machine, command string) T {
	t.Helper()
	var request T
	require.NoError(t, json.Unmarshal([]byte(m.asked[command].Stdin), &request))
	return request
}

func names(steps []Step) []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Name)
	}
	return slices.Clip(out)
}
