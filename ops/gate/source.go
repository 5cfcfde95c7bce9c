package gate

import (
	"bytes"
	"context"
	_ "embed" // source.py
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

//go:embed source.py
var sourceScript string

// model is a class of Odoo's in a Python file.
type model struct {
	Line    int            `json:"line"`
	Kind    string         `json:"kind"` // Model, TransientModel, AbstractModel
	Name    string         `json:"name"`
	Inherit []string       `json:"inherit"`
	Table   string         `json:"table"`
	Auto    bool           `json:"auto"`
	Fields  []modelField   `json:"fields"`
	Methods map[string]int `json:"methods"` // by name, with the line

	module, file string
}

type modelField struct {
	Name    string         `json:"name"`
	Type    string         `json:"type"` // Char, Many2one, …
	Line    int            `json:"line"`
	Options map[string]any `json:"options"` // those that are constants; "?" for others
}

// models are what the modules' Python declares: read by Python's own parser,
// never run. What can't be read is a failure of the gate. Files without the
// word have nothing to say.
func (t *tree) models(ctx context.Context, r *Report, modules []*module, word string) ([]model, error) {
	files, names := []string{}, []string{}
	var owners []*module
	for _, m := range modules {
		for _, f := range m.files {
			if !strings.HasSuffix(f, ".py") || m.in(f, "tests", "static") {
				continue
			}
			text, err := t.read(f)
			if err != nil {
				return nil, err
			}
			if bytes.Contains(text, []byte(word)) {
				files, names, owners = append(files, t.full(f)), append(names, f), append(owners, m)
			}
		}
	}
	var read []struct {
		Error  string  `json:"error"`
		Line   int     `json:"line"`
		Models []model `json:"models"`
	}
	if len(files) == 0 {
		return nil, nil
	}
	if err := python(ctx, "gate "+t.gate, sourceScript, files, &read); err != nil {
		return nil, err
	}
	var all []model
	for i, f := range read {
		if f.Error != "" {
			r.fail(names[i], f.Line, "correct it: Odoo can't read it either", "it can't be read as Python: %s", f.Error)
		}
		for _, m := range f.Models {
			m.module, m.file = owners[i].name, names[i]
			all = append(all, m)
		}
	}
	return all, nil
}

// python runs a script of this package's on a request.
func python(ctx context.Context, what, script string, request, answer any) error {
	in, err := json.Marshal(request)
	if err != nil {
		return err
	}
	var out, errs bytes.Buffer
	// Isolated: nothing of the checkout is imported.
	cmd := exec.CommandContext(ctx, "python3", "-I", "-c", script)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &errs
	if err := cmd.Run(); err != nil {
		return fault.New(what, "install python3 (3.9 or newer), which reads the modules' Python", lastLine(err, errs.String()))
	}
	if err := json.Unmarshal(out.Bytes(), answer); err != nil {
		return fault.New(what, "", err)
	}
	return nil
}

// lastLine is what a program said last, or how it ended.
func lastLine(err error, said string) error {
	said = strings.TrimSpace(said)
	if said == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, said[strings.LastIndexByte(said, '\n')+1:])
}
