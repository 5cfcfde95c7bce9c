package policy

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Value is a property of a resource, or a part of one. Whoever reads it gets
// false when it is not known yet, and need not say so: the frame does.
type Value struct {
	of    *Resource
	path  string
	value property.Value
}

// Path is where it stands, such as uploads[0].content.
func (v Value) Path() string { return v.path }

// Unknown says that it is not known yet. A list of unknown elements is known.
func (v Value) Unknown() bool { return v.value.IsComputed() }

// Absent says that it is not set.
func (v Value) Absent() bool { return v.value.IsNull() }

// Secret says that it, or a part of it, is kept encrypted.
func (v Value) Secret() bool { return v.value.Secret() }

// At is a part of an object. A part of what is not known is not known.
func (v Value) At(name string) Value {
	part := Value{of: v.of, path: v.path + "." + name}
	switch {
	case v.value.IsComputed():
		part.value = v.value
	case v.value.IsMap():
		part.value = v.value.AsMap().Get(name)
	}
	if v.value.Secret() {
		part.value = part.value.WithSecret(true)
	}
	return part
}

// Text is a string; numbers and booleans are written out, and what is absent
// is empty.
func (v Value) Text() (string, bool) {
	switch {
	case v.value.IsString():
		return v.value.AsString(), true
	case v.value.IsNumber():
		return strconv.FormatFloat(v.value.AsNumber(), 'f', -1, 64), true
	case v.value.IsBool():
		return strconv.FormatBool(v.value.AsBool()), true
	case v.value.IsNull():
		return "", true
	}
	return "", v.unread()
}

// Number is a number, also one that is written as text; absent is 0.
func (v Value) Number() (float64, bool) {
	text, ok := v.Text()
	if !ok || text == "" {
		return 0, ok
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, v.unread()
	}
	return n, true
}

// Bool is true or false; absent is false.
func (v Value) Bool() (bool, bool) {
	text, ok := v.Text()
	if !ok || text == "" {
		return false, ok
	}
	b, err := strconv.ParseBool(text)
	if err != nil {
		return false, v.unread()
	}
	return b, true
}

// List is a list; absent is empty.
func (v Value) List() ([]Value, bool) {
	if v.value.IsNull() {
		return nil, true
	}
	if !v.value.IsArray() {
		return nil, v.unread()
	}
	var list []Value
	for i, e := range v.value.AsArray().All {
		list = append(list, Value{of: v.of, path: fmt.Sprintf("%s[%d]", v.path, i), value: v.inherit(e)})
	}
	return list, true
}

// Strings are the elements of a list that are known; false says that some are
// not, or that the list is not.
func (v Value) Strings() ([]string, bool) {
	list, ok := v.List()
	var known []string
	for _, e := range list {
		if text, is := e.Text(); is {
			known = append(known, text)
		} else {
			ok = false
		}
	}
	return known, ok
}

// Map are the parts of an object; absent is empty.
func (v Value) Map() (map[string]Value, bool) {
	if v.value.IsNull() {
		return nil, true
	}
	if !v.value.IsMap() {
		return nil, v.unread()
	}
	parts := map[string]Value{}
	for name, e := range v.value.AsMap().All {
		parts[name] = Value{of: v.of, path: v.path + "." + name, value: v.inherit(e)}
	}
	return parts, true
}

// Walk visits every string, number and boolean in it that is known, and what
// is unknown as well. Of a secret all parts are.
func (v Value) Walk(visit func(Value)) {
	switch {
	case v.value.IsArray():
		list, _ := v.List()
		for _, e := range list {
			e.Walk(visit)
		}
	case v.value.IsMap():
		for name, e := range v.value.AsMap().AllStable {
			Value{of: v.of, path: v.path + "." + name, value: v.inherit(e)}.Walk(visit)
		}
	default:
		visit(v)
	}
}

func (v Value) inherit(part property.Value) property.Value {
	if v.value.Secret() {
		return part.WithSecret(true)
	}
	return part
}

// unread reports what can't be read: not known yet, or of another type than
// the provider would take.
func (v Value) unread() bool {
	v.of.NotYet(v.path)
	return false
}
