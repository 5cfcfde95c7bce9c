package workspace

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sealed is a state with one secret output, as the engine writes it.
func sealed(t *testing.T, passphrase string) State {
	t.Helper()
	salt := []byte("saltsalt")
	c := config.NewSymmetricCrypterFromPassphrase(passphrase, salt)
	probe, err := c.EncryptValue(t.Context(), "pulumi")
	require.NoError(t, err)
	text, err := c.EncryptValue(t.Context(), `[{"id":"K1","secret":"s1"}]`)
	require.NoError(t, err)
	provider, err := json.Marshal(map[string]string{"salt": "v1:" + base64.StdEncoding.EncodeToString(salt) + ":" + probe})
	require.NoError(t, err)
	return StateOf(apitype.DeploymentV3{
		SecretsProviders: &apitype.SecretsProvidersV1{Type: "passphrase", State: provider},
		Resources: []apitype.ResourceV3{{URN: resource.URN("urn:x"), Type: "pulumi:pulumi:Stack", Outputs: map[string]any{
			"kind":     "production",
			"readKeys": map[string]any{secretSignature: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": text},
		}}},
	})
}

func TestSecretOutputsOpenWithThePassphrase(t *testing.T) {
	st := sealed(t, "right")
	out, err := st.OpenOutputs(t.Context(), "right")
	require.NoError(t, err)
	assert.Equal(t, map[string]any{
		"kind": "production", "readKeys": []any{map[string]any{"id": "K1", "secret": "s1"}},
	}, out)
	assert.NotContains(t, st.Outputs(), "readKeys")
}

func TestAWrongPassphraseIsSaid(t *testing.T) {
	_, err := sealed(t, "right").OpenOutputs(t.Context(), "wrong")
	assert.ErrorContains(t, err, "PULUMI_CONFIG_PASSPHRASE")
}
