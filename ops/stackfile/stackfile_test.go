package stackfile

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const example = `# what production is
config:
  odooops:kind: production # the kind
  odooops:volumeSizeGb: 20
  odooops:images:
    odoo: a@sha256:1
  other:key: x
`

func file(t *testing.T, text string) *File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Pulumi.production.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	f, err := Read(path)
	require.NoError(t, err)
	return f
}

func reread(t *testing.T, f *File) *File {
	t.Helper()
	require.NoError(t, f.Save())
	g, err := Read(f.path)
	require.NoError(t, err)
	return g
}

func TestSecretsSurviveAndCommentsStay(t *testing.T) {
	ctx := context.Background()
	f := file(t, example)
	require.NoError(t, f.SetSecret(ctx, "pass", "hostKey", "line one\nline two\n"))
	g := reread(t, f)

	v, err := g.Values(ctx, "pass")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"kind": "production", "volumeSizeGb": "20", "images": `{"odoo":"a@sha256:1"}`, "hostKey": "line one\nline two\n",
	}, v)

	text, err := os.ReadFile(f.path)
	require.NoError(t, err)
	assert.Contains(t, string(text), "# what production is")
	assert.Contains(t, string(text), "# the kind")
	assert.Contains(t, string(text), "other:key: x")
	assert.NotContains(t, string(text), "line one")
}

func TestWrongPassphraseIsBadConfigNotGarbage(t *testing.T) {
	ctx := context.Background()
	f := file(t, example)
	require.NoError(t, f.SetSecret(ctx, "pass", "hostKey", "x"))
	_, err := reread(t, f).Values(ctx, "other")
	assert.ErrorContains(t, err, "passphrase does not fit")
}

func TestSetInReachesIntoAMap(t *testing.T) {
	f := file(t, example)
	require.NoError(t, f.SetIn("b@sha256:2", "images", "postgres"))
	require.NoError(t, f.SetIn("c@sha256:3", "images", "odoo"))
	assert.JSONEq(t, `{"odoo":"c@sha256:3","postgres":"b@sha256:2"}`, reread(t, f).Plain("images"))
}

func TestAnEmptyFileCanBeFilled(t *testing.T) {
	f := file(t, "")
	require.NoError(t, f.SetIn("platform", "kind"))
	assert.Equal(t, "platform", reread(t, f).Plain("kind"))
}
