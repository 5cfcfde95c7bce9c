package engine

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/catalog"
	"github.com/odooops/odooops/ops/mask/fake"
	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/ops/mask/plan"
	"github.com/odooops/odooops/ops/mask/sample"
	"github.com/odooops/odooops/ops/mask/scan"
)

// masker changes the rows of one table, one after the other.
type masker struct {
	table    *plan.Table
	query    query
	settings mask.Settings
	manifest *manifest.Manifest
	maker    *fake.Maker
	scanner  *scan.Scanner
	found    map[finding]int64

	index    map[string]int // column to its place
	fields   [][]byte       // as they came
	results  [][]byte       // as they go, escaped
	scratch  []byte
	deriving []int
}

type finding struct {
	column int
	kind   scan.Kind
}

func newMasker(t *plan.Table, q query, s mask.Settings, m *manifest.Manifest, key []byte, set *scan.Set) *masker {
	k := &masker{
		table: t, query: q, settings: s, manifest: m, maker: fake.New(key),
		scanner: &scan.Scanner{Set: set}, found: map[finding]int64{}, index: map[string]int{},
		results: make([][]byte, len(t.Columns)),
	}
	for i, c := range t.Columns {
		k.index[c.Name] = i
	}
	return k
}

// row appends a line of COPY's text format, masked.
func (k *masker) row(out, line []byte) ([]byte, error) {
	line = bytes.TrimSuffix(line, []byte("\n"))
	k.fields = k.fields[:0]
	for {
		field, rest, more := bytes.Cut(line, []byte("\t"))
		k.fields = append(k.fields, field)
		if !more {
			break
		}
		line = rest
	}
	if len(k.fields) != k.query.width {
		if len(k.table.Columns) == 0 {
			return append(out, '\n'), nil
		}
		return nil, fmt.Errorf("table %s: a row of %d columns instead of %d", k.table.Name, len(k.fields), k.query.width)
	}
	k.scratch, k.deriving = k.scratch[:0], k.deriving[:0]
	for i := range k.table.Columns {
		if err := k.column(i); err != nil {
			return nil, fmt.Errorf("column %s.%s: %w", k.table.Name, k.table.Columns[i].Name, err)
		}
	}
	for _, i := range k.deriving {
		value, ok := k.evaluate(k.class(i).Expr)
		k.put(i, value, ok)
	}
	for i, r := range k.results {
		if i > 0 {
			out = append(out, '\t')
		}
		out = append(out, r...)
	}
	return append(out, '\n'), nil
}

// class of a column in this row.
func (k *masker) class(i int) manifest.Class {
	c := k.table.Columns[i].Class
	if k.query.rule >= 0 {
		if n, _ := strconv.Atoi(string(k.fields[k.query.rule])); n > 0 {
			if own, ok := k.table.Rules[n-1].Columns[k.table.Columns[i].Name]; ok {
				c = own
			}
		}
	}
	if k.table.Name == plan.Parameters && k.table.Columns[i].Name == "value" {
		if own, ok := k.manifest.Parameter(string(unescape(k.fields[k.index["key"]]))); ok {
			c = own
		}
	}
	if c.Action == manifest.Shipped {
		if k.flag(k.query.shipped) {
			return manifest.Class{Action: manifest.Keep}
		}
		return *c.Else
	}
	return c
}

func (k *masker) flag(at int) bool { return at >= 0 && string(k.fields[at]) == "t" }

func (k *masker) column(i int) error {
	col, field := &k.table.Columns[i], k.fields[i]
	if col.Plain {
		k.results[i] = field
		return nil
	}
	class := k.class(i)
	if k.flag(k.query.keptFile) && (class.Action == manifest.File || col.Name == "name" && k.table.Name == plan.Attachments) {
		class = manifest.Class{Action: manifest.Keep}
	}
	switch class.Action {
	case manifest.Keep:
		k.results[i] = field
		// What a module ships may name its makers.
		k.scanner.Ranges = col.Class.Action != manifest.Shipped || !k.flag(k.query.shipped)
		k.look(i)
		return nil
	case manifest.Null:
		k.empty(i)
		return nil
	case manifest.Derive:
		k.deriving = append(k.deriving, i)
		return nil
	case manifest.Secret:
		k.secret(i, class.Kind)
		return nil
	case manifest.File:
		k.file(i)
		return nil
	}
	if bytes.Equal(field, null) || len(field) == 0 {
		k.results[i] = field
		return nil
	}
	value, err := k.change(i, class, string(unescape(field)))
	if err != nil {
		return err
	}
	k.put(i, value, true)
	k.scanner.Ranges = true
	if class.Kind == "mailbox" && strings.Contains(value, "{{") { // an expression stayed
		k.see(i, []byte(value))
	}
	if class.Action != manifest.Redact {
		return nil
	}
	if col.Family == catalog.JSON || col.Array {
		k.look(i)
	} else if written := fake.Attributes(value); len(written) > 0 {
		k.see(i, written)
	}
	return nil
}

// put a masked value.
func (k *masker) put(i int, value string, ok bool) {
	if !ok {
		k.empty(i)
		return
	}
	from := len(k.scratch)
	k.scratch = escape(k.scratch, value)
	k.results[i] = k.scratch[from:len(k.scratch):len(k.scratch)]
}

// empty is null, or nothing where null can't be.
func (k *masker) empty(i int) {
	col := &k.table.Columns[i]
	k.results[i] = null
	if !col.NotNull {
		return
	}
	switch {
	case col.Array:
		k.results[i] = []byte("{}")
	case col.Family == catalog.JSON:
		k.results[i] = []byte("{}")
	case col.Family == catalog.Int, col.Family == catalog.Number:
		k.results[i] = []byte("0")
	case col.Family == catalog.Bytes:
		k.results[i] = []byte(`\\x`)
	default:
		k.results[i] = []byte{}
	}
}

// change is redact or fake, of a value that is there.
func (k *masker) change(i int, class manifest.Class, value string) (string, error) {
	col := &k.table.Columns[i]
	kind := class.Kind
	if class.Action == manifest.Redact {
		kind = "html"
		switch col.Family {
		case catalog.Int, catalog.Number:
			kind = "number"
		case catalog.Date:
			kind = "date"
		case catalog.Bytes:
			return `\x`, nil
		}
	}
	if kind == "login" && k.flag(k.query.admin) {
		return k.settings.AdminLogin, nil
	}
	one := func(v string) string {
		return k.maker.Value(kind, v, fake.Shape{Unique: col.Unique, Width: col.Width})
	}
	switch {
	case kind == "html" && col.Family == catalog.Text && !col.Array:
		return limit(fake.Redact(value), col.Width), nil
	case kind == "html":
		one = func(v string) string { return limit(fake.Redact(v), col.Width) }
	}
	switch {
	case col.Array && col.Family == catalog.JSON:
		return "{}", nil
	case col.Array:
		return mapArray(value, one), nil
	case col.Family == catalog.JSON:
		changed, err := mapJSON(value, one, class.Action == manifest.Redact)
		if err != nil {
			return "", fmt.Errorf("a value is no JSON")
		}
		return changed, nil
	}
	return one(value), nil
}

// limit cuts what an entity made longer than the column.
func limit(s string, width int) string {
	if width == 0 || len(s) <= width {
		return s
	}
	return string([]rune(s)[:min(len([]rune(s)), width)])
}

// secret is a new value, or none: nothing of the old one stays.
func (k *masker) secret(i int, kind string) {
	col, field := &k.table.Columns[i], k.fields[i]
	place := k.table.Name + "." + col.Name
	switch {
	case kind == "password":
		at, ok := k.index["active"]
		if ok && string(k.fields[at]) == "t" {
			k.put(i, k.settings.PasswordHash, true)
		} else {
			k.empty(i)
		}
	case bytes.Equal(field, null), kind == "" && !col.NotNull:
		k.results[i] = null
	case kind == "uuid":
		k.put(i, k.maker.UUID(place, string(field)), true)
	default:
		k.put(i, limit(k.maker.Token(place, string(field)), col.Width), true)
	}
}

// file is a column of an attachment whose content is a sample now.
func (k *masker) file(i int) {
	field := k.fields[i]
	mime := ""
	if at, ok := k.index["mimetype"]; ok {
		mime = string(k.fields[at])
	}
	s := sample.For(mime)
	content := k.there("store_fname") || k.there("db_datas")
	switch name := k.table.Columns[i].Name; {
	case name == "store_fname" && k.there(name):
		k.put(i, s.Name(), true)
	case name == "db_datas" && k.there(name):
		k.put(i, `\x`+hex.EncodeToString(s.Content), true)
	case name == "checksum" && content:
		k.put(i, s.Sum, true)
	case name == "file_size" && content:
		k.put(i, strconv.Itoa(len(s.Content)), true)
	case name == "mimetype" && k.there(name):
		k.put(i, s.MIME, true)
	case name == "url" && k.there(name) && !content && string(k.fields[k.index["type"]]) == "url":
		k.put(i, k.maker.Value("url", string(field), fake.Shape{}), true)
	default:
		k.empty(i)
	}
}

func (k *masker) there(column string) bool {
	at, ok := k.index[column]
	return ok && len(k.fields[at]) > 0 && !bytes.Equal(k.fields[at], null)
}

// look through what goes out.
func (k *masker) look(i int) {
	col, b := &k.table.Columns[i], k.results[i]
	if bytes.Equal(b, null) || len(b) == 0 {
		return
	}
	switch col.Family {
	case catalog.Text, catalog.JSON, catalog.Other:
		b = unescape(b)
	case catalog.Bytes:
		b = bytes.TrimPrefix(unescape(b), []byte(`\x`))
		plain := make([]byte, hex.DecodedLen(len(b)))
		if _, err := hex.Decode(plain, b); err == nil {
			b = plain
		}
	case catalog.Int, catalog.Number: // a phone, a login, an account without its separators
	default:
		return
	}
	k.see(i, b)
}

func (k *masker) see(i int, b []byte) {
	k.scanner.Value(b, func(kind scan.Kind, _ uint64) { k.found[finding{i, kind}]++ })
}

// evaluate an expression over the masked values of the row.
func (k *masker) evaluate(e *manifest.Expr) (string, bool) {
	if e.Column != "" {
		at := k.index[e.Column]
		if bytes.Equal(k.results[at], null) {
			return "", false
		}
		return string(unescape(k.results[at])), true
	}
	arg := func(i int) (string, bool) { return k.evaluate(e.Args[i]) }
	only := func(keep func(byte) bool) (string, bool) {
		s, ok := arg(0)
		return string(slices.DeleteFunc([]byte(s), func(c byte) bool { return !keep(c) })), ok
	}
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	switch e.Call {
	case "literal":
		return e.Literal, true
	case "url":
		return k.settings.URL, true
	case "domain":
		return k.settings.Domain, true
	case "lower":
		s, ok := arg(0)
		return strings.ToLower(s), ok
	case "upper":
		s, ok := arg(0)
		return strings.ToUpper(s), ok
	case "digits":
		return only(digit)
	case "phone":
		s, ok := only(digit)
		if s == "" {
			return "", false
		}
		return "+" + s, ok
	case "alnum":
		s, ok := only(func(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' })
		return strings.ToUpper(s), ok
	case "coalesce":
		for i := range e.Args {
			if s, ok := arg(i); ok && s != "" {
				return s, true
			}
		}
		return "", false
	case "join":
		separator, _ := arg(0)
		var parts []string
		for i := range e.Args[1:] {
			if s, ok := arg(i + 1); ok && s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, separator), len(parts) > 0
	case "if":
		if s, _ := arg(0); s == "t" {
			return arg(1)
		}
		return arg(2)
	case "element":
		s, ok := arg(0)
		key, _ := arg(1)
		var all map[string]*string
		if !ok || json.Unmarshal([]byte(s), &all) != nil || all[key] == nil {
			return "", false
		}
		return *all[key], true
	}
	return "", false
}
