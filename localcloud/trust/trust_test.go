package trust_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/trust"
)

func TestAuthorityStaysTheSameAndKeepsItsKeyToItself(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	first, err := trust.Open(dir, time.Now)
	require.NoError(t, err)
	again, err := trust.Open(dir, time.Now)
	require.NoError(t, err)
	require.Equal(t, first.PEM(), again.PEM())

	leaf, err := again.Leaf("api.digitalocean.com")
	require.NoError(t, err)
	_, err = leaf.Leaf.Verify(x509.VerifyOptions{Roots: first.Pool(), DNSName: "api.digitalocean.com"})
	require.NoError(t, err)
	for name, mode := range map[string]os.FileMode{"ca.pem": 0o644, "ca-key.pem": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), name)
	}
}

func TestAuthorityThatAKillLeftHalfMadeIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	_, err := trust.Open(dir, time.Now)
	require.NoError(t, err)
	require.NoError(t, os.Remove(trust.CertFile(dir))) // the key comes first
	_, err = trust.Open(dir, time.Now)
	require.NoError(t, err)
	_, err = trust.Open(dir, time.Now)
	require.NoError(t, err)
}
