package policy

import "github.com/pulumi/pulumi/sdk/v3/go/property"

// Of is plain Go as the engine has it: maps, lists, strings, numbers, booleans,
// nil, and values that are such already.
func Of(v any) (property.Value, error) {
	switch v := v.(type) {
	case nil:
		return property.Value{}, nil
	case property.Value:
		return v, nil
	case int:
		return property.New(float64(v)), nil
	case map[string]any:
		parts := make(map[string]property.Value, len(v))
		for name, part := range v {
			var err error
			if parts[name], err = Of(part); err != nil {
				return property.Value{}, err
			}
		}
		return property.New(parts), nil
	case []string:
		list := make([]property.Value, len(v))
		for i, e := range v {
			list[i] = property.New(e)
		}
		return property.New(list), nil
	case []any:
		list := make([]property.Value, len(v))
		for i, e := range v {
			var err error
			if list[i], err = Of(e); err != nil {
				return property.Value{}, err
			}
		}
		return property.New(list), nil
	default:
		return property.Any(v)
	}
}
