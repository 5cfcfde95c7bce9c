package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Validate checks a stack's whole config, its kind included. Keys may carry
// the namespace or not; objects and lists are JSON, as the engine hands them
// over. The error is an *Error.
func Validate(values map[string]string) error {
	_, err := check(values)
	return err
}

// ValidateFile is Validate for what stands in a stack's file. It refuses what
// an operation gives to one run: in a file it would be wrong tomorrow.
func ValidateFile(values map[string]string) error {
	v, err := check(values)
	if err != nil {
		return err
	}
	for _, k := range keysOf(v["kind"]) {
		if k.run && ours(values)[k.name] != "" {
			return &Error{Key: k.name, Problem: "is given by operations and has no place in the file", Hint: "remove it"}
		}
	}
	return nil
}

// KindOf is the kind of a stack with this config.
func KindOf(values map[string]string) (string, error) {
	v := ours(values)
	switch {
	case v["kind"] == "":
		return "", &Error{Key: "kind", Problem: "missing", Hint: "use one of " + strings.Join(Kinds, ", ")}
	case !slices.Contains(Kinds, v["kind"]):
		return "", &Error{Key: "kind", Problem: fmt.Sprintf("%q is no kind of stack", v["kind"]), Hint: "use one of " + strings.Join(Kinds, ", ")}
	}
	return v["kind"], nil
}

// check returns the values without namespace, defaults filled in.
func check(values map[string]string) (map[string]string, error) {
	kind, err := KindOf(values)
	if err != nil {
		return nil, err
	}
	v := ours(values)
	table := keysOf(kind)
	known := func(name string) bool {
		return slices.ContainsFunc(table, func(k key) bool { return k.name == name })
	}
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !known(name) {
			return nil, &Error{Key: name, Problem: "no such key for kind " + kind, Hint: "correct or remove it"}
		}
	}

	for _, k := range table {
		value := v[k.name]
		if k.when != nil && !k.when(v) {
			continue
		}
		if value == "" && k.name == "images" {
			value = "{}" // the check names what is missing
		}
		if value == "" && k.required {
			return nil, missing(k)
		}
		if value == "" {
			if k.fallback != "" {
				v[k.name] = k.fallback
			}
			continue
		}
		if k.check == nil {
			continue
		}
		if err := k.check(value); err != nil {
			var own *Error
			if errors.As(err, &own) {
				return nil, own
			}
			return nil, &Error{Key: k.name, Problem: err.Error()}
		}
	}
	return v, nil
}

func missing(k key) *Error {
	e := &Error{Key: k.name, Problem: "missing", Hint: k.hint}
	switch {
	case k.secret != nil:
		e.Problem, e.Hint = "this secret is missing", initHint
	case e.Hint == "":
		e.Hint = "set it in Pulumi.<stack>.yaml"
	}
	return e
}

// ours strips the namespace. Keys of other namespaces (providers') are not ours.
func ours(values map[string]string) map[string]string {
	v := make(map[string]string, len(values))
	for name, value := range values {
		namespace, rest, qualified := strings.Cut(name, ":")
		switch {
		case !qualified:
			v[name] = value
		case namespace == Namespace:
			v[rest] = value
		}
	}
	return v
}

// strictJSON refuses the fields that nobody would read.
func strictJSON(text string, into any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}
