package index

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/project"
)

func backend(t *testing.T) (Index, string) {
	t.Helper()
	dir := t.TempDir()
	stacks := filepath.Join(dir, ".pulumi", "stacks", project.Name)
	require.NoError(t, os.MkdirAll(stacks, 0o700))
	return Index{Project: &project.Project{Root: t.TempDir()}, Env: map[string]string{"PULUMI_BACKEND_URL": "file://" + dir}}, stacks
}

func TestStacksAreTheStatesAndNothingElse(t *testing.T) {
	x, dir := backend(t)
	for _, name := range []string{"preview-host.json", "preview-pr-7.json", "preview-pr-7.json.bak", "preview-pr-7.pulumi-tags"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600))
	}
	got, err := x.Stacks(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"preview-host", "preview-pr-7"}, got)
}

func TestABackendThatIsNotThereIsAnErrorNotAnEmptyList(t *testing.T) {
	x, _ := backend(t)
	x.Env["PULUMI_BACKEND_URL"] = "file:///nowhere/at/all"
	_, err := x.Stacks(t.Context())
	assert.Error(t, err)
}

func TestSettingATagKeepsTheOthers(t *testing.T) {
	x, _ := backend(t)
	require.NoError(t, x.Set(t.Context(), "preview-pr-7", map[string]string{Owner: "ada"}))
	require.NoError(t, x.Set(t.Context(), "preview-pr-7", map[string]string{ExpiresAt: "2030-01-01T00:00:00Z"}))
	got, err := x.Tags(t.Context(), "preview-pr-7")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{Owner: "ada", ExpiresAt: "2030-01-01T00:00:00Z"}, got)
}

func TestExpiryIsNeverForever(t *testing.T) {
	_, err := Expiry(nil)
	assert.ErrorContains(t, err, "no tag")
	_, err = Expiry(map[string]string{ExpiresAt: "tomorrow"})
	assert.ErrorContains(t, err, "tomorrow")
	at, err := Expiry(map[string]string{ExpiresAt: "2030-01-01T00:00:00Z"})
	require.NoError(t, err)
	assert.Equal(t, 2030, at.Year())
}
