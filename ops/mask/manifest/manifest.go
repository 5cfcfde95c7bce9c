// Package manifest is what is done to each column of an Odoo database before
// anyone else may see it: one YAML file per Odoo module, reviewed like code.
// Whatever it doesn't name is refused by those who read it. The classes are
// described in docs/masking.md.
package manifest

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

//go:embed *.yaml
var files embed.FS

// Sources is the manifest of this version: file name to YAML.
func Sources() (map[string]string, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, err
	}
	sources := make(map[string]string, len(names))
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sources[name] = string(b)
	}
	return sources, nil
}

// Manifest is what all the files say together.
type Manifest struct {
	Tables     map[string]Table
	Parameters map[string]Class // ir_config_parameter by key; PREFIX* is allowed
	Rows       map[string][]Rule
	KeepFiles  []string          // SQL over an ir_attachment t
	Allow      []string          // e-mails, phones and names that Odoo itself ships
	Vocabulary map[string]string // table to SQL over its row t; "" is every row
}

// Table is a table's classes.
type Table struct {
	Truncate bool
	Columns  map[string]Class
}

// Rule classifies columns of the rows for which Where is true.
type Rule struct {
	Where   string           `yaml:"where"`
	Columns map[string]Class `yaml:"columns"`
}

type file struct {
	Module     string            `yaml:"module"`
	Tables     map[string]Table  `yaml:"tables"`
	Parameters map[string]Class  `yaml:"parameters"`
	Rows       map[string][]Rule `yaml:"rows"`
	Files      struct {
		Keep []string `yaml:"keep"`
	} `yaml:"files"`
	Allow      []string          `yaml:"allow"`
	Vocabulary map[string]string `yaml:"vocabulary"`
}

// UnmarshalYAML reads "truncate" or the columns.
func (t *Table) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		if n.Value != "truncate" {
			return fmt.Errorf("line %d: a table is truncate or has columns, not %q", n.Line, n.Value)
		}
		t.Truncate = true
		return nil
	}
	return n.Decode(&t.Columns)
}

// Parse reads files strictly: an unknown key, a class that isn't one, a column
// that two files classify are errors.
func Parse(sources map[string]string) (*Manifest, error) {
	m := &Manifest{
		Tables: map[string]Table{}, Parameters: map[string]Class{},
		Rows: map[string][]Rule{}, Vocabulary: map[string]string{},
	}
	names := make([]string, 0, len(sources))
	for name := range sources {
		names = append(names, name)
	}
	sort.Strings(names)
	var errs []error
	for _, name := range names {
		var f file
		d := yaml.NewDecoder(strings.NewReader(sources[name]))
		d.KnownFields(true)
		if err := d.Decode(&f); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		if f.Module+".yaml" != name {
			errs = append(errs, fmt.Errorf("%s: module is %q", name, f.Module))
		}
		if err := m.add(&f); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Manifest) add(f *file) error {
	var errs []error
	bareNull(f.Parameters)
	for name, t := range f.Tables {
		bareNull(t.Columns)
		have, known := m.Tables[name]
		if known && (have.Truncate || t.Truncate) {
			errs = append(errs, fmt.Errorf("%s: another module classifies it too, and one of them truncates it", name))
			continue
		}
		if !known {
			have = Table{Truncate: t.Truncate, Columns: map[string]Class{}}
		}
		errs = append(errs, merge(name+".", have.Columns, t.Columns))
		m.Tables[name] = have
	}
	errs = append(errs, merge("parameter ", m.Parameters, f.Parameters), merge("vocabulary ", m.Vocabulary, f.Vocabulary))
	for name, rules := range f.Rows {
		for _, r := range rules {
			bareNull(r.Columns)
			if r.Where == "" || len(r.Columns) == 0 {
				errs = append(errs, fmt.Errorf("rows of %s: where and columns are both needed", name))
			}
		}
		m.Rows[name] = append(m.Rows[name], rules...)
	}
	m.KeepFiles = append(m.KeepFiles, f.Files.Keep...)
	m.Allow = append(m.Allow, f.Allow...)
	return errors.Join(errs...)
}

// bareNull: the decoder leaves a bare null as it is, without asking the class.
func bareNull(classes map[string]Class) {
	for k, c := range classes {
		if c.Action == "" {
			classes[k] = Class{Action: Null}
		}
	}
}

func merge[T any](what string, into, from map[string]T) error {
	var errs []error
	for k, v := range from {
		if _, twice := into[k]; twice {
			errs = append(errs, fmt.Errorf("%s%s is classified twice", what, k))
		}
		into[k] = v
	}
	return errors.Join(errs...)
}

// Parameter is the class of a system parameter's value: the key's own, or that
// of the longest prefix.
func (m *Manifest) Parameter(key string) (Class, bool) {
	if c, ok := m.Parameters[key]; ok {
		return c, true
	}
	best, found := "", Class{}
	for pattern, c := range m.Parameters {
		prefix, wild := strings.CutSuffix(pattern, "*")
		if wild && strings.HasPrefix(key, prefix) && len(pattern) > len(best) {
			best, found = pattern, c
		}
	}
	return found, best != ""
}
