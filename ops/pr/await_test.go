package pr

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks/config"
)

func TestAnUntrustedCertificateIsAWarningAndThePageIsStillWaitedFor(t *testing.T) {
	password := config.Derive("zone", "preview-pr-7", config.PurposeEdge)
	var asked atomic.Int32
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch user, given, _ := r.BasicAuth(); {
		case user != "preview" || given != password:
			w.WriteHeader(http.StatusUnauthorized)
		case asked.Add(1) < 3: // its containers are still starting
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer site.Close()
	u, err := url.Parse(site.URL)
	require.NoError(t, err)
	s := shop()
	s.Pattern["zoneKey"] = "zone"
	host, port, err := net.SplitHostPort(u.Host)
	require.NoError(t, err)
	s.EdgePort = port
	out := config.OdooOutputs{Hostname: "pr-7.preview.example.com", URL: "https://pr-7.preview.example.com", EdgeLogin: "preview"}
	out.PublicIP = host

	warnings, err := s.await(t.Context(), out)
	require.NoError(t, err)
	assert.EqualValues(t, 3, asked.Load(), "it waits for 200")
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0], "cert renew")
}
