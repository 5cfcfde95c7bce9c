package gate

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// record is one of a module's data: XML or CSV.
type record struct {
	module, file string
	line         int
	model, id    string
	fields       map[string]field
	function     string // of <function model="…" name="…">; its fields aren't known
}

// field of a record.
type field struct {
	value   string
	line    int
	dynamic bool // what it is, only Odoo knows: eval="time.time()"
}

// foreign is true for a record that another module made: what it doesn't set
// stays as it is.
func (r *record) foreign() bool {
	module, _, ok := strings.Cut(r.id, ".")
	return ok && module != r.module
}

// records are all that the modules' data say of some models. What can't be read
// is a failure of the gate.
func (t *tree) records(r *Report, modules []*module, models ...string) ([]record, error) {
	wanted := map[string]bool{}
	for _, m := range models {
		wanted[m] = true
	}
	var all []record
	for _, m := range modules {
		for _, f := range m.files {
			ext := strings.ToLower(path.Ext(f))
			if ext != ".xml" && ext != ".csv" || m.in(f, "static", "i18n", "tests") {
				continue
			}
			if ext == ".csv" && !wanted[csvModel(f)] {
				continue
			}
			text, err := t.read(f)
			if err != nil {
				return nil, err
			}
			var found []record
			if ext == ".csv" {
				found, err = csvRecords(f, text)
			} else {
				found, err = xmlRecords(text, wanted)
			}
			if err != nil {
				r.fail(f, lineOf(err), "correct it: Odoo can't read it either", "it can't be read: %v", err)
			}
			for _, rec := range found {
				rec.module, rec.file = m.name, f
				all = append(all, rec)
			}
		}
	}
	return all, nil
}

// csvModel is the model that Odoo takes a CSV file to be of.
func csvModel(file string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(path.Base(file), path.Ext(file)), "-")
	return name
}

func csvRecords(file string, text []byte) ([]record, error) {
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	header, err := c.Read()
	if err != nil {
		return nil, err
	}
	var all []record
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		line, _ := c.FieldPos(0)
		rec := record{model: csvModel(file), line: line, fields: map[string]field{}}
		for i, name := range header {
			name, _, _ = strings.Cut(name, "/")
			if name = strings.TrimSuffix(name, ":id"); name == "id" {
				rec.id = row[i]
			} else {
				rec.fields[name] = field{value: row[i], line: line}
			}
		}
		all = append(all, rec)
	}
}

// xmlRecords reads a data file; a file with another root is none.
func xmlRecords(text []byte, wanted map[string]bool) (all []record, err error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(label)
		if err != nil {
			return nil, fmt.Errorf("encoding %s: %w", label, err)
		}
		return e.NewDecoder().Reader(in), nil
	}
	w := xmlWalk{wanted: wanted}
	for {
		line, _ := d.InputPos()
		token, err := d.Token()
		if errors.Is(err, io.EOF) && w.depth == 0 && w.rooted {
			return w.all, nil
		}
		if err != nil {
			return w.all, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !w.rooted && token.Name.Local != "odoo" && token.Name.Local != "openerp" && token.Name.Local != "data" {
				return nil, nil
			}
			w.rooted = true
			w.start(token, line)
		case xml.EndElement:
			w.end()
		case xml.CharData:
			if w.field != nil && w.depth == w.fieldDepth {
				w.text.Write(token)
			}
		}
	}
}

// xmlWalk is where the reader is. Records may stand in fields of others.
type xmlWalk struct {
	wanted     map[string]bool
	rooted     bool
	depth      int
	open       []int // indexes into all, -1 for a record of another model
	depths     []int // where they began
	field      *field
	name       string
	fieldDepth int
	text       strings.Builder
	all        []record
}

func (w *xmlWalk) start(e xml.StartElement, line int) {
	w.depth++
	a := attributes(e)
	switch e.Name.Local {
	case "record":
		w.field = nil
		at := -1
		if w.wanted[a["model"]] {
			at = len(w.all)
			w.all = append(w.all, record{model: a["model"], id: a["id"], line: line, fields: map[string]field{}})
		}
		w.open, w.depths = append(w.open, at), append(w.depths, w.depth)
	case "function":
		if w.wanted[a["model"]] {
			w.all = append(w.all, record{model: a["model"], function: a["name"], line: line})
		}
	case "field":
		n := len(w.open)
		if n == 0 || w.open[n-1] < 0 || w.depth != w.depths[n-1]+1 {
			return
		}
		f := field{line: line}
		eval, isEval := a["eval"]
		switch {
		case isEval:
			f.value, f.dynamic = literal(eval)
		case a["ref"] != "":
			f.value = a["ref"]
		case a["search"] != "" || a["file"] != "":
			f.dynamic = true
		default:
			w.field, w.name, w.fieldDepth = &f, a["name"], w.depth
			w.text.Reset()
			return
		}
		w.all[w.open[n-1]].fields[a["name"]] = f
	}
}

func (w *xmlWalk) end() {
	if w.field != nil && w.depth == w.fieldDepth {
		w.field.value = strings.TrimSpace(w.text.String())
		w.all[w.open[len(w.open)-1]].fields[w.name] = *w.field
		w.field = nil
	}
	if n := len(w.open); n > 0 && w.depths[n-1] == w.depth {
		w.open, w.depths = w.open[:n-1], w.depths[:n-1]
	}
	w.depth--
}

func attributes(e xml.StartElement) map[string]string {
	a := make(map[string]string, len(e.Attr))
	for _, attr := range e.Attr {
		a[attr.Name.Local] = attr.Value
	}
	return a
}

var (
	number = regexp.MustCompile(`^-?[0-9]+$`)
	quoted = regexp.MustCompile(`^u?('[^'\\]*'|"[^"\\]*")$`)
)

// literal is the value of a Python expression that is only one.
func literal(text string) (value string, dynamic bool) {
	text = strings.TrimSpace(text)
	switch {
	case number.MatchString(text):
		return text, false
	case text == "True" || text == "False" || text == "None":
		return text, false
	case quoted.MatchString(text):
		text = strings.TrimPrefix(text, "u")
		return text[1 : len(text)-1], false
	}
	return text, true
}

// lineOf is where a reader stopped.
func lineOf(err error) int {
	var x *xml.SyntaxError
	var c *csv.ParseError
	switch {
	case errors.As(err, &x):
		return x.Line
	case errors.As(err, &c):
		return c.Line
	}
	return 0
}
