package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestThePreviewsCertificate against the local cloud's authorities and DNS.
func TestThePreviewsCertificate(t *testing.T) {
	c := newCloud(t)
	c.previewHost(t)
	type renewed struct {
		Renewed     bool
		Why, Issuer string
	}
	renew := func(t *testing.T, args ...string) (r renewed) {
		t.Helper()
		c.JSON(t, &r, append([]string{"cert", "renew"}, args...)...)
		return r
	}
	file := filepath.Join(c.Dir, ".odooops/edge/preview-host/cert.pem")

	assert.True(t, renew(t).Renewed)
	first, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.False(t, renew(t).Renewed, "it is good for 90 days")
	assert.True(t, renew(t, "--force").Renewed)
	second, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.NotEqual(t, first, second)

	staging := renew(t, "--staging-ca")
	assert.True(t, staging.Renewed, "the switch is a reason")
	assert.Contains(t, staging.Issuer, "STAGING")
	assert.False(t, renew(t, "--staging-ca").Renewed)
	assert.True(t, renew(t).Renewed, "and back")

	info, err := os.Stat(filepath.Join(filepath.Dir(file), "key.pem"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	good, err := os.ReadFile(file)
	require.NoError(t, err)
	c.config(t, "preview-host", map[string]any{"odooops:domain": "example.org"})
	r := c.Run(t, "bin/odooops", "cert", "renew", "--force")
	assert.Equal(t, 1, r.Code)
	assert.Contains(t, r.Stderr, "no DNS zone example.org")
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, good, kept)
}
