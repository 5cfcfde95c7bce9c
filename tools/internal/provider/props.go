package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Props are property values: nil, bool, float64, string, []any,
// map[string]any, or Unknown in a preview.
type Props map[string]any

// Unknown stands for a value that is known only after the update.
type Unknown struct{}

// Decode fills a struct by its json tags.
func (p Props) Decode(into any) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding properties: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("properties are not what the resource expects: %w", err)
	}
	return nil
}

// PropsOf is the reverse of Decode.
func PropsOf(from any) (Props, error) {
	raw, err := json.Marshal(from)
	if err != nil {
		return nil, fmt.Errorf("encoding outputs: %w", err)
	}
	var p Props
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("outputs are not an object: %w", err)
	}
	return p, nil
}

// String is the string value of a key, or "".
func (p Props) String(key string) string {
	s, _ := p[key].(string)
	return s
}

// Int is the integer value of a key, or 0.
func (p Props) Int(key string) int {
	f, _ := p[key].(float64)
	return int(f)
}

// Bool is the boolean value of a key, or the default when it is not set.
func (p Props) Bool(key string, unset bool) bool {
	if b, ok := p[key].(bool); ok {
		return b
	}
	return unset
}

// Strings is the list of strings of a key, or nil.
func (p Props) Strings(key string) []string {
	var out []string
	list, _ := p[key].([]any)
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Object is the object of a key, or nil.
func (p Props) Object(key string) Props {
	o, _ := p[key].(map[string]any)
	return o
}

// Objects is the list of objects of a key, or nil.
func (p Props) Objects(key string) []Props {
	var out []Props
	list, _ := p[key].([]any)
	for _, v := range list {
		if o, ok := v.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// merge returns p with the others laid over it.
func (p Props) merge(others ...Props) Props {
	out := maps.Clone(p)
	if out == nil {
		out = Props{}
	}
	for _, o := range others {
		maps.Copy(out, o)
	}
	return out
}

// changed compares two values as the engine sees them. An unknown value may
// turn out to be anything, so it counts as a change; null is the same as unset.
func changed(a, b any) bool {
	return hasUnknown(a) || hasUnknown(b) || !reflect.DeepEqual(dropNulls(a), dropNulls(b))
}

func hasUnknown(v any) bool {
	switch v := v.(type) {
	case Unknown:
		return true
	case []any:
		for _, e := range v {
			if hasUnknown(e) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if hasUnknown(e) {
				return true
			}
		}
	}
	return false
}

func dropNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if e != nil {
				out[k] = dropNulls(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = dropNulls(e)
		}
		return out
	}
	return v
}

// inOrder returns a value with every list in it in an order that depends on
// the list's elements alone.
func inOrder(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = inOrder(e)
		}
		slices.SortFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if e != nil {
				out[k] = inOrder(e)
			}
		}
		return out
	}
	return v
}
