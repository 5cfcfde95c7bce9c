package engine

import (
	"bytes"
	"encoding/json"
	"strings"
)

var null = []byte(`\N`)

// unescape a field of COPY's text format. It returns the field itself if
// there is nothing to do.
func unescape(b []byte) []byte {
	at := bytes.IndexByte(b, '\\')
	if at < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for at >= 0 && at+1 < len(b) {
		out = append(out, b[:at]...)
		c := b[at+1]
		switch c {
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'v':
			c = '\v'
		}
		out = append(out, c)
		b = b[at+2:]
		at = bytes.IndexByte(b, '\\')
	}
	return append(out, b...)
}

// escape appends a value as COPY's text format wants it.
func escape(out []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		c := escapes[s[i]]
		if c == 0 {
			continue
		}
		out = append(append(out, s[from:i]...), '\\', c)
		from = i + 1
	}
	return append(out, s[from:]...)
}

// escapes are behind a backslash.
var escapes = [256]byte{'\\': '\\', '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f', '\v': 'v'}

// mapArray changes each element of an array as Postgres writes it.
func mapArray(s string, change func(string) string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '{' || c == '}' || c == ',':
			out.WriteByte(c)
			i++
		case c == '"':
			var element strings.Builder
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				element.WriteByte(s[i])
			}
			i++
			quote(&out, change(element.String()))
		default:
			from := i
			for i < len(s) && s[i] != ',' && s[i] != '}' {
				i++
			}
			if element := s[from:i]; element == "NULL" {
				out.WriteString(element)
			} else {
				quote(&out, change(element))
			}
		}
	}
	return out.String()
}

func quote(out *strings.Builder, s string) {
	out.WriteByte('"')
	out.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s))
	out.WriteByte('"')
}

// mapJSON changes each string of a JSON value that is no key. Zero makes each
// number 0: it may be anybody's.
func mapJSON(s string, change func(string) string, zero bool) (string, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(mapValue(v, change, zero)); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func mapValue(v any, change func(string) string, zero bool) any {
	switch v := v.(type) {
	case string:
		return change(v)
	case json.Number:
		if zero {
			return 0
		}
	case []any:
		for i := range v {
			v[i] = mapValue(v[i], change, zero)
		}
	case map[string]any:
		for k := range v {
			v[k] = mapValue(v[k], change, zero)
		}
	}
	return v
}
