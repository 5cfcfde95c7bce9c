package repository

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// SecretsOf reads secrets from JSON, {"ENVIRONMENT": {"NAME": "value"}}; an
// empty text has none. An error never repeats a part of the text.
func SecretsOf(text string) (map[string]map[string]pulumi.StringInput, error) {
	if text == "" {
		return nil, nil
	}
	var plain map[string]map[string]string
	if err := json.Unmarshal([]byte(text), &plain); err != nil {
		return nil, errors.New(`the GitHub secrets are not JSON like {"previews": {"NAME": "value"}}`)
	}
	secrets := map[string]map[string]pulumi.StringInput{}
	for environment, values := range plain {
		secrets[environment] = map[string]pulumi.StringInput{}
		for name, value := range values {
			secrets[environment][name] = pulumi.ToSecret(pulumi.String(value)).(pulumi.StringOutput)
		}
	}
	return secrets, checkValues("secret", secrets)
}

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
