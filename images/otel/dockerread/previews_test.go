package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func asked(dir string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	Previews(dir, "6336").ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w
}

func TestThePlacesOfPreviewsAreCountedAndTheirEndsTold(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"preview-pr-7.json":           `{"stack":"preview-pr-7","mb":512,"expiresAt":"2026-12-01T00:00:00Z"}`,
		"preview-pr-12.json":          `{"stack":"preview-pr-12","mb":640,"expiresAt":"never"}`,
		".preview-pr-8.json.partial":  `{"stack":"pre`,
		".preview-pr-9.json":          `{"stack":"pre`,
		"preview-pr-7.json.something": ``,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	w := asked(dir)
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, `# TYPE odooops_preview_admitted_mb gauge
odooops_preview_admitted_mb 1152
# TYPE odooops_preview_budget_mb gauge
odooops_preview_budget_mb 6336
# TYPE odooops_stack_expires_seconds gauge
odooops_stack_expires_seconds{pr="7"} 1796083200
`, w.Body.String())
}

func TestAnEntryThatCanNotBeReadIsNoFreeRoom(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "preview-pr-7.json"), []byte(`{"stack":`), 0o600))
	w := asked(dir)
	assert.Equal(t, 500, w.Code)
	assert.Contains(t, w.Body.String(), "preview-pr-7.json")
	assert.Equal(t, 500, asked(filepath.Join(dir, "missing")).Code)
}
