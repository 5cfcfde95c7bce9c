package localcloud_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud"
)

// asPage sends what a browser sends for a web page of another origin.
func asPage(t *testing.T, method, url string, change func(*http.Request)) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "text/plain") // needs no preflight
	change(req)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func TestWebPagesCantUseWhatAsksForNoCredentials(t *testing.T) {
	c := start(t, localcloud.Config{})
	faults := "http://" + c.Addresses()["API"] + "/_local/faults"
	summary := "http://" + c.Addresses()["API"] + "/_local/summary"
	push := "http://" + c.Addresses()["Registry"] + "/v2/odooops/odoo/blobs/uploads/"
	program := func(*http.Request) {}
	crossOrigin := func(r *http.Request) { r.Header.Set("Origin", "https://example.com") }
	crossSite := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	rebound := func(r *http.Request) { r.Host = "example.com:8091" }

	for _, url := range []string{faults, push} {
		require.Equal(t, http.StatusForbidden, asPage(t, http.MethodPost, url, crossOrigin), url)
		require.Equal(t, http.StatusForbidden, asPage(t, http.MethodPost, url, crossSite), url)
		require.Equal(t, http.StatusMisdirectedRequest, asPage(t, http.MethodPost, url, rebound), url)
	}
	require.Equal(t, http.StatusMisdirectedRequest, asPage(t, http.MethodGet, summary, rebound))

	require.Equal(t, http.StatusOK, asPage(t, http.MethodGet, summary, program))
	require.Equal(t, http.StatusOK, asPage(t, http.MethodGet, summary, func(r *http.Request) { r.Host = "localhost:8091" }))
	require.Equal(t, http.StatusAccepted, asPage(t, http.MethodPost, push, program))
}
