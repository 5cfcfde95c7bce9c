package localcloud_test

import (
	"context"
	"log/slog"
	"net/url"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud"
)

// start runs a cloud on free ports; an empty dir means a fresh one.
func start(t *testing.T, config localcloud.Config) *localcloud.Cloud {
	t.Helper()
	if config.Dir == "" {
		config.Dir = t.TempDir()
	}
	for _, address := range []*string{&config.Front, &config.API, &config.Spaces, &config.AWS, &config.Registry, &config.DNS, &config.ACME, &config.ACMEStaging, &config.GatewayDNS, &config.GatewayTLS} {
		if *address == "" {
			*address = "127.0.0.1:0"
		}
	}
	config.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	c, err := localcloud.Start(context.Background(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func client(t *testing.T, c *localcloud.Cloud) *godo.Client {
	t.Helper()
	env := c.Env()
	base, err := url.Parse(env["DIGITALOCEAN_API_URL"] + "/")
	require.NoError(t, err)
	cl := godo.NewFromToken(env["DIGITALOCEAN_TOKEN"])
	cl.BaseURL = base
	return cl
}

func TestRecordsSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	c := start(t, localcloud.Config{Dir: dir})
	d, _, err := client(t, c).Droplets.Create(t.Context(), &godo.DropletCreateRequest{
		Name: "erp", Region: "fra1", Size: "s-1vcpu-1gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"},
	})
	require.NoError(t, err)
	token := c.Env()["DIGITALOCEAN_TOKEN"]
	require.NoError(t, c.Close())

	c = start(t, localcloud.Config{Dir: dir})
	require.Equal(t, token, c.Env()["DIGITALOCEAN_TOKEN"])
	again, _, err := client(t, c).Droplets.Get(t.Context(), d.ID)
	require.NoError(t, err)
	require.Equal(t, "active", again.Status)
	require.Equal(t, d.Networks, again.Networks)
}

func TestOneCloudAtATimeInADirectory(t *testing.T) {
	dir := t.TempDir()
	start(t, localcloud.Config{Dir: dir})
	_, err := localcloud.Start(t.Context(), localcloud.Config{Dir: dir})
	require.ErrorContains(t, err, "another local cloud runs")
}
