package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tools/internal/provider"
)

// cloudOf answers every list with one text.
func cloudOf(t *testing.T, body string) lookup {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	client, err := godo.New(nil, godo.SetBaseURL(server.URL))
	require.NoError(t, err)
	return lookup{client}
}

func TestADropletIsFoundByItsName(t *testing.T) {
	l := cloudOf(t, `{"droplets": [
		{"id": 1, "name": "other", "image": {"slug": "debian-13-x64"}, "region": {"slug": "fra1"}},
		{"id": 2, "name": "platform-bastion", "image": {"slug": "debian-13-x64"}, "region": {"slug": "fra1"},
		 "networks": {"v4": [{"type": "public", "ip_address": "203.0.113.1"}, {"type": "private", "ip_address": "10.20.0.2"}]}}]}`)
	d, err := l.droplet(t.Context(), provider.Props{"name": "platform-bastion"})
	require.NoError(t, err)
	assert.Equal(t, 2.0, d["id"])
	assert.Equal(t, "203.0.113.1", d["ipv4Address"])
	assert.Equal(t, "10.20.0.2", d["ipv4AddressPrivate"])
}

func TestADropletThatIsMissingOrThereTwiceIsNotGuessed(t *testing.T) {
	l := cloudOf(t, `{"droplets": [{"id": 1, "name": "twin"}, {"id": 2, "name": "twin"}]}`)
	_, err := l.droplet(t.Context(), provider.Props{"name": "twin"})
	assert.ErrorContains(t, err, "2 droplets")
	_, err = l.droplet(t.Context(), provider.Props{"name": "platform-bastion"})
	assert.ErrorContains(t, err, `no droplet with name "platform-bastion"`)
}

func TestANetworkIsFoundByItsName(t *testing.T) {
	l := cloudOf(t, `{"vpcs": [
		{"id": "a", "name": "default-fra1", "region": "fra1", "default": true},
		{"id": "b", "name": "odooops-platform", "region": "fra1", "ip_range": "10.20.0.0/20"}]}`)
	v, err := l.vpc(t.Context(), provider.Props{"name": "odooops-platform"})
	require.NoError(t, err)
	assert.Equal(t, "b", v["id"])
	assert.Equal(t, "10.20.0.0/20", v["ipRange"])
	_, err = l.vpc(t.Context(), provider.Props{"name": "other"})
	assert.ErrorContains(t, err, `name "other"`)
}
