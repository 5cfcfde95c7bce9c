package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tools/internal/provider"
	"github.com/odooops/odooops/tools/tables"
)

func credentials(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "credentials")
	require.NoError(t, os.WriteFile(file, []byte("[offsite]\naws_access_key_id = id\naws_secret_access_key = secret\n"), 0o600))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
}

func TestEveryTypeOfTheTableIsImplemented(t *testing.T) {
	credentials(t)
	table, err := tables.AWS()
	require.NoError(t, err)
	types, err := configure(os.Getenv)(t.Context(), provider.Props{"region": "eu-west-1", "profile": "offsite"})
	require.NoError(t, err)
	for token := range table.Resources {
		require.Contains(t, types.Resources, token)
	}
	require.Len(t, types.Resources, len(table.Resources))
}

func TestAProfileThatIsNotThereIsNamedWithItsFile(t *testing.T) {
	credentials(t)
	_, err := configure(os.Getenv)(t.Context(), provider.Props{"region": "eu-west-1", "profile": "other"})
	require.ErrorContains(t, err, "other")
	require.ErrorContains(t, err, os.Getenv("AWS_SHARED_CREDENTIALS_FILE"))
}

// The key of a state bucket may be in the environment; it is not what
// administers AWS.
func TestTheProfileComesBeforeKeysOfTheEnvironment(t *testing.T) {
	credentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "of-the-state")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "of-the-state")
	types, err := configure(os.Getenv)(t.Context(), provider.Props{"region": "eu-west-1", "profile": "offsite"})
	require.NoError(t, err)
	key, err := types.Resources["aws:s3/bucketV2:BucketV2"].(bucketV2).client.Options().Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	require.Equal(t, "id", key.AccessKeyID)
}

func TestKeysInTheProvidersInputsAreRefused(t *testing.T) {
	_, err := configure(os.Getenv)(t.Context(), provider.Props{"accessKey": "id"})
	require.ErrorContains(t, err, "would be in the state")
}

func TestWhatIsNotImplementedIsRefused(t *testing.T) {
	require.ErrorContains(t, refuse(provider.Props{"bucket": "b", "tags": nil}, "bucket"), `"tags"`)
}
