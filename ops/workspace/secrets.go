package workspace

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/stackfile"
)

// OpenOutputs are the root stack's outputs, decrypted with the zone's passphrase.
func (s State) OpenOutputs(ctx context.Context, passphrase string) (map[string]any, error) {
	var provider struct {
		Salt string `json:"salt"`
	}
	if s.secrets == nil || s.secrets.Type != "passphrase" {
		return nil, fmt.Errorf("the state is not encrypted with a passphrase")
	}
	if err := json.Unmarshal(s.secrets.State, &provider); err != nil {
		return nil, fmt.Errorf("how the state is encrypted is unreadable: %w", err)
	}
	decrypt, err := stackfile.Decrypter(ctx, provider.Salt, passphrase)
	if err != nil {
		return nil, fault.Usage("decrypt the state", "bring the passphrase that it was written with in PULUMI_CONFIG_PASSPHRASE", "%v", err)
	}
	for _, r := range s.Resources {
		if r.Type == "pulumi:pulumi:Stack" {
			v, err := opened(ctx, r.Outputs, decrypt)
			if err != nil {
				return nil, fmt.Errorf("decrypt the state: %w", err)
			}
			out, _ := v.(map[string]any)
			return out, nil
		}
	}
	return nil, nil
}

// opened is a value of a state with each encrypted one in it decrypted.
func opened(ctx context.Context, v any, decrypt func(context.Context, string) (string, error)) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if encrypted(v) {
			text, _ := v["ciphertext"].(string)
			plain, err := decrypt(ctx, text)
			if err != nil {
				return nil, err
			}
			var value any
			return value, json.Unmarshal([]byte(plain), &value)
		}
		out := map[string]any{}
		for k, e := range v {
			value, err := opened(ctx, e, decrypt)
			if err != nil {
				return nil, err
			}
			out[k] = value
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			value, err := opened(ctx, e, decrypt)
			if err != nil {
				return nil, err
			}
			out[i] = value
		}
		return out, nil
	}
	return v, nil
}
