package registry_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/registry"
)

func do(t *testing.T, method, url, contentType string, body []byte) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/vnd.oci.image.manifest.v1+json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp, b
}

func digest(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }

func push(t *testing.T, base string) string {
	t.Helper()
	descriptor := func(blob []byte, mediaType string) map[string]any {
		resp, _ := do(t, http.MethodPost, base+"/v2/odooops/odoo/blobs/uploads/", "", nil)
		require.Equal(t, http.StatusAccepted, resp.StatusCode)
		resp, _ = do(t, http.MethodPut, resp.Header.Get("Location")+"&digest="+digest(blob), "application/octet-stream", blob)
		require.Equal(t, http.StatusCreated, resp.StatusCode)
		return map[string]any{"mediaType": mediaType, "digest": digest(blob), "size": len(blob)}
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
		"config": descriptor([]byte(`{"architecture":"amd64","os":"linux"}`), "application/vnd.oci.image.config.v1+json"),
		"layers": []any{descriptor([]byte("a layer"), "application/vnd.oci.image.layer.v1.tar")},
	})
	require.NoError(t, err)
	resp, body := do(t, http.MethodPut, base+"/v2/odooops/odoo/manifests/19", "application/vnd.oci.image.manifest.v1+json", manifest)
	require.Equal(t, http.StatusCreated, resp.StatusCode, string(body))
	return digest(manifest)
}

func TestImageIsPushedHereAndPulledByMachines(t *testing.T) {
	dir := t.TempDir()
	here := httptest.NewServer(registry.New(t.Context(), dir))
	defer here.Close()
	pushed := push(t, here.URL)

	// another run over the same directory, as machines see it
	machines := httptest.NewServer(registry.ReadOnly(registry.New(t.Context(), dir)))
	defer machines.Close()
	resp, manifest := do(t, http.MethodGet, machines.URL+"/v2/odooops/odoo/manifests/"+pushed, "", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, pushed, digest(manifest))
	resp, layer := do(t, http.MethodGet, machines.URL+"/v2/odooops/odoo/blobs/"+digest([]byte("a layer")), "", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "a layer", string(layer))
	resp, _ = do(t, http.MethodPost, machines.URL+"/v2/odooops/odoo/blobs/uploads/", "", nil)
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
}
