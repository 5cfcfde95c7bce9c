package provider

import (
	"fmt"

	"google.golang.org/protobuf/types/known/structpb"
)

// Marks of the wire format, from the protocol's documentation: a value with
// meaning beyond JSON is an object with a signature, and an unknown value is
// a string no program would write.
const (
	signatureKey    = "4dabf18193072939515e22adb298388d"
	signatureSecret = "1b47061264138c4ac30d75fd1eb44270"
)

var unknowns = map[string]bool{
	"1c4a061d-8072-4f0a-a4cb-0ff528b18fe7": true, // boolean
	"3eeb2bf0-c639-47a8-9e75-3b44932eb421": true, // number
	unknownString:                          true,
	"6a19a0b0-7e62-4c92-b797-7f8e31da9cc2": true, // array
	"030794c1-ac77-496b-92df-f27374a8bd58": true, // asset
	"e48ece36-62e2-4504-bad9-02848725956a": true, // archive
	"dd056dcd-154b-4c76-9bd3-c8f88648b5ff": true, // object
}

const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// secrets are the top-level keys whose value holds a secret anywhere. Such a
// value is kept secret whole, as the official plugins do.
type secrets map[string]bool

// decode reads a wire struct. Keys without a value (null) are dropped.
func decode(s *structpb.Struct) (Props, secrets, error) {
	props, secret := Props{}, secrets{}
	for key, v := range s.GetFields() {
		found := false
		value, err := decodeValue(v, &found)
		if err != nil {
			return nil, nil, fmt.Errorf("property %s: %w", key, err)
		}
		if value == nil {
			continue
		}
		props[key] = value
		if found {
			secret[key] = true
		}
	}
	return props, secret, nil
}

func decodeValue(v *structpb.Value, secret *bool) (any, error) {
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		if unknowns[k.StringValue] {
			return Unknown{}, nil
		}
		return k.StringValue, nil
	case *structpb.Value_NumberValue:
		return k.NumberValue, nil
	case *structpb.Value_BoolValue:
		return k.BoolValue, nil
	case *structpb.Value_ListValue:
		out := make([]any, 0, len(k.ListValue.GetValues()))
		for _, e := range k.ListValue.GetValues() {
			d, err := decodeValue(e, secret)
			if err != nil {
				return nil, err
			}
			out = append(out, d)
		}
		return out, nil
	case *structpb.Value_StructValue:
		fields := k.StructValue.GetFields()
		if sig, marked := fields[signatureKey]; marked {
			if sig.GetStringValue() != signatureSecret {
				return nil, fmt.Errorf("the value has a kind (signature %q) that the offline plugins don't take", sig.GetStringValue())
			}
			*secret = true
			return decodeValue(fields["value"], secret)
		}
		out := map[string]any{}
		for key, e := range fields {
			d, err := decodeValue(e, secret)
			if err != nil {
				return nil, err
			}
			if d != nil {
				out[key] = d
			}
		}
		return out, nil
	}
	return nil, nil
}

// encode writes a wire struct, with the given keys as secrets.
func encode(p Props, secret secrets) (*structpb.Struct, error) {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for key, v := range p {
		if v == nil {
			continue
		}
		value, err := encodeValue(v)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", key, err)
		}
		if secret[key] {
			value = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
				signatureKey: structpb.NewStringValue(signatureSecret),
				"value":      value,
			}})
		}
		out.Fields[key] = value
	}
	return out, nil
}

func encodeValue(v any) (*structpb.Value, error) {
	switch v := v.(type) {
	case Unknown:
		return structpb.NewStringValue(unknownString), nil
	case []any:
		out := &structpb.ListValue{}
		for _, e := range v {
			d, err := encodeValue(e)
			if err != nil {
				return nil, err
			}
			out.Values = append(out.Values, d)
		}
		return structpb.NewListValue(out), nil
	case []string:
		out := &structpb.ListValue{}
		for _, e := range v {
			out.Values = append(out.Values, structpb.NewStringValue(e))
		}
		return structpb.NewListValue(out), nil
	case map[string]any:
		out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
		for key, e := range v {
			d, err := encodeValue(e)
			if err != nil {
				return nil, err
			}
			out.Fields[key] = d
		}
		return structpb.NewStructValue(out), nil
	}
	return structpb.NewValue(v) // scalars
}

// and joins two sets of secret keys.
func (s secrets) and(others ...secrets) secrets {
	out := secrets{}
	for key := range s {
		out[key] = true
	}
	for _, o := range others {
		for key := range o {
			out[key] = true
		}
	}
	return out
}
