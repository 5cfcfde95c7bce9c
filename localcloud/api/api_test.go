package api_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/api"
	"github.com/odooops/odooops/localcloud/records"
)

// cloud is an API with the official client on it.
type cloud struct {
	*godo.Client
	url string
}

func newCloud(t *testing.T, effects api.Effects) *cloud {
	t.Helper()
	store, err := records.Open(filepath.Join(t.TempDir(), "records.json"))
	require.NoError(t, err)
	require.NoError(t, store.Update(func(s *records.State) error {
		s.Account.Token = "secret"
		p := api.DefaultProject(time.Now())
		s.Projects[p.ID] = p
		return nil
	}))
	ctx, cancel := context.WithCancel(context.Background())
	a := api.New(ctx, api.Config{
		Store: store, Effects: effects, Public: netip.MustParsePrefix("10.124.0.0/20"), Gateway: netip.MustParseAddr("10.124.0.1"),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: time.Now,
	})
	srv := httptest.NewServer(a.LocalHandler())
	t.Cleanup(func() { srv.Close(); cancel() })
	cl := godo.NewFromToken("secret")
	cl.BaseURL, err = url.Parse(srv.URL + "/")
	require.NoError(t, err)
	return &cloud{Client: cl, url: srv.URL}
}

func (c *cloud) vpc(t *testing.T) *godo.VPC {
	t.Helper()
	v, _, err := c.VPCs.Create(t.Context(), &godo.VPCCreateRequest{Name: "core", RegionSlug: "fra1", IPRange: "10.10.0.0/20"})
	require.NoError(t, err)
	return v
}

func (c *cloud) droplet(t *testing.T, name string, change ...func(*godo.DropletCreateRequest)) *godo.Droplet {
	t.Helper()
	req := &godo.DropletCreateRequest{Name: name, Region: "fra1", Size: "s-1vcpu-2gb", Image: godo.DropletCreateImage{Slug: "debian-13-x64"}}
	for _, f := range change {
		f(req)
	}
	d, _, err := c.Droplets.Create(t.Context(), req)
	require.NoError(t, err)
	return d
}

func (c *cloud) volume(t *testing.T, name string) *godo.Volume {
	t.Helper()
	v, _, err := c.Storage.CreateVolume(t.Context(), &godo.VolumeCreateRequest{Region: "fra1", Name: name, SizeGigaBytes: 5})
	require.NoError(t, err)
	return v
}

// refused asserts the status of a refusal.
func refused(t *testing.T, status int, err error) {
	t.Helper()
	var e *godo.ErrorResponse
	require.ErrorAs(t, err, &e)
	require.Equal(t, status, e.Response.StatusCode, "%v", err)
}

func TestUnknownRouteIs501(t *testing.T) {
	c := newCloud(t, nil)
	_, _, err := c.Kubernetes.List(t.Context(), nil)
	refused(t, http.StatusNotImplemented, err)
}

func TestTokenIsAskedFor(t *testing.T) {
	c := newCloud(t, nil)
	other := godo.NewFromToken("wrong")
	other.BaseURL = c.BaseURL
	_, _, err := other.Account.Get(t.Context())
	refused(t, http.StatusUnauthorized, err)
}

func TestListsArePaged(t *testing.T) {
	c := newCloud(t, nil)
	for i := range 5 {
		_, _, err := c.Tags.Create(t.Context(), &godo.TagCreateRequest{Name: fmt.Sprintf("tag%d", i)})
		require.NoError(t, err)
	}
	page1, resp, err := c.Tags.List(t.Context(), &godo.ListOptions{Page: 1, PerPage: 2})
	require.NoError(t, err)
	require.Len(t, page1, 2)
	require.Equal(t, 5, resp.Meta.Total)
	require.False(t, resp.Links.IsLastPage())
	page3, resp, err := c.Tags.List(t.Context(), &godo.ListOptions{Page: 3, PerPage: 2})
	require.NoError(t, err)
	require.Equal(t, "tag4", page3[0].Name)
	require.True(t, resp.Links.IsLastPage())
	_, _, err = c.Tags.List(t.Context(), &godo.ListOptions{Page: math.MaxInt, PerPage: 2})
	refused(t, http.StatusBadRequest, err)
}

func TestFaultsOnRequest(t *testing.T) {
	c := newCloud(t, nil)
	resp, err := http.Post(c.url+"/_local/faults", "application/json", bytes.NewBufferString(`{"status":429,"count":2,"path":"/v2/account"}`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	for _, want := range []int{http.StatusTooManyRequests, http.StatusTooManyRequests, http.StatusOK} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/v2/account", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer secret") // not godo, which retries
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, want, resp.StatusCode)
	}
}

func TestACutConnectionLosesTheAnswerOrTheRequest(t *testing.T) {
	c := newCloud(t, nil)
	for cut, want := range map[string]int{"before": 0, "after": 1} {
		resp, err := http.Post(c.url+"/_local/faults", "application/json", bytes.NewBufferString(`{"method":"POST","cut":"`+cut+`"}`))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusNoContent, resp.StatusCode)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+"/v2/domains", bytes.NewBufferString(`{"name":"`+cut+`.com"}`))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer secret") // not godo, which retries
		_, err = http.DefaultClient.Do(req)
		require.ErrorContains(t, err, "EOF")
		list, _, err := c.Domains.List(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, want, len(slices.DeleteFunc(list, func(d godo.Domain) bool { return d.Name != cut+".com" })), cut)
	}
	resp, err := http.Post(c.url+"/_local/faults", "application/json", bytes.NewBufferString(`{"cuts":"after"}`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusBadRequest, resp.StatusCode, "a fault that would never strike")
}

func TestRecordedDockerResources(t *testing.T) {
	c := newCloud(t, nil)
	do := func(method, path, body string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, c.url+"/_local/docker/"+path, bytes.NewBufferString(body))
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { require.NoError(t, resp.Body.Close()) }()
		var b bytes.Buffer
		_, err = b.ReadFrom(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, b.String()
	}
	status, _ := do(http.MethodGet, "10.10.0.2/container/odoo", "")
	require.Equal(t, http.StatusNotFound, status)
	do(http.MethodPut, "10.10.0.2/container/odoo", `{"image":"a"}`)
	status, body := do(http.MethodGet, "10.10.0.2/container/odoo", "")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"image":"a"}`, body)
	_, body = do(http.MethodGet, "10.10.0.2/container", "")
	require.JSONEq(t, `{"odoo":{"image":"a"}}`, body)
	status, _ = do(http.MethodDelete, "10.10.0.2/container/odoo", "")
	require.Equal(t, http.StatusNoContent, status)
	_, body = do(http.MethodGet, "10.10.0.2/container", "")
	require.JSONEq(t, `{}`, body)
}
