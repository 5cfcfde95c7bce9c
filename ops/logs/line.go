package logs

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// Line is one of the log; a traceback is one too.
type Line struct {
	Time time.Time `json:"time"`
	// Stack is the query's: of a preview its own name.
	Stack string `json:"stack"`
	// Role of the container, or class of the journal's unit.
	Role   string `json:"role"`
	Source string `json:"source"` // container or journal
	Host   string `json:"host"`
	Level  string `json:"level,omitempty"`
	Text   string `json:"text"`
	// Fields are what else is known of the line, such as route, status, queries.
	Fields map[string]string `json:"fields,omitempty"`
}

// record is a line of the script's answer.
type record struct {
	At     int64             `json:"at"` // ns since 1970
	Labels map[string]string `json:"labels"`
	Text   string            `json:"text"`
	// Older says instead that there are older lines than those that came.
	Older bool `json:"older"`
}

func (r record) line(stack string) Line {
	fields := maps.Clone(r.Labels)
	take := func(name string) string {
		v := fields[name]
		delete(fields, name)
		return v
	}
	l := Line{
		Time: time.Unix(0, r.At).UTC(), Stack: stack, Text: strings.TrimRight(r.Text, "\r\n"),
		Role: take("role"), Source: take("source"), Host: take("host"), Level: take("level"),
	}
	delete(fields, "stack")
	// Loki's own guess and name; ours are level and role.
	delete(fields, "detected_level")
	delete(fields, "service_name")
	l.Fields = fields
	return l
}

// reader takes the script's answer apart as it comes.
type reader struct {
	stack string
	each  func(Line) error
	// heard is called when anything came.
	heard func()
	// stop ends the script.
	stop func()

	rest  []byte
	found Found
	err   error
}

func (r *reader) Write(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	r.heard()
	r.rest = append(r.rest, p...)
	for {
		i := bytes.IndexByte(r.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		one := r.rest[:i]
		r.rest = r.rest[i+1:]
		if len(one) == 0 {
			continue
		}
		if r.err = r.take(one); r.err != nil {
			r.stop()
			return 0, r.err
		}
	}
}

func (r *reader) take(one []byte) error {
	var rec record
	if err := json.Unmarshal(one, &rec); err != nil {
		return err
	}
	if rec.Older {
		r.found.Older = true
		return nil
	}
	r.found.Lines++
	return r.each(rec.line(r.stack))
}
