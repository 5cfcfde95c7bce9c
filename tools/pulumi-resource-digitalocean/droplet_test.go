package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tools/internal/provider"
)

// account is an API that knows one droplet, which is new at first.
type account struct {
	t       *testing.T
	created map[string]any
	status  string
	fails   bool // its creation does
	calls   []string
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.calls = append(a.calls, r.Method+" "+r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	droplet := map[string]any{
		"id": 7, "name": "erp", "size_slug": "s-1vcpu-1gb", "memory": 1024, "status": a.status,
		"region": map[string]any{"slug": "fra1"}, "size": map[string]any{"slug": "s-1vcpu-1gb", "price_hourly": 0.01},
		"features": []string{"monitoring"}, "tags": []string{"b", "a"}, "vpc_uuid": "v",
		"networks": map[string]any{"v4": []any{
			map[string]any{"type": "public", "ip_address": "203.0.113.7"},
			map[string]any{"type": "private", "ip_address": "10.0.0.7"},
		}},
	}
	switch {
	case r.Method == http.MethodPost:
		require.NoError(a.t, json.NewDecoder(r.Body).Decode(&a.created))
		w.WriteHeader(http.StatusAccepted)
		a.reply(w, map[string]any{"droplet": droplet, "links": map[string]any{"actions": []any{map[string]any{"id": 9, "rel": "create"}}}})
		if a.status = "active"; a.fails {
			a.status = "off"
		}
	case r.URL.Path == "/v2/actions/9":
		status := "completed"
		if a.fails {
			status = "errored"
		}
		a.reply(w, map[string]any{"action": map[string]any{"id": 9, "type": "create", "status": status}})
	case r.Method == http.MethodDelete:
		a.status = ""
		w.WriteHeader(http.StatusNoContent)
	case a.status == "":
		w.WriteHeader(http.StatusNotFound)
		a.reply(w, map[string]any{"id": "not_found", "message": "no such droplet"})
	default:
		a.reply(w, map[string]any{"droplet": droplet})
	}
}

func (a *account) reply(w http.ResponseWriter, v any) {
	require.NoError(a.t, json.NewEncoder(w).Encode(v))
}

func resource(t *testing.T, a *account, token string) provider.Resource {
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	environment := map[string]string{"DIGITALOCEAN_API_URL": s.URL, "DIGITALOCEAN_TOKEN": "t"}
	types, err := configure(func(name string) string { return environment[name] })(context.Background(), nil)
	require.NoError(t, err)
	return types.Resources[token]
}

func TestADropletFromCreationToDeletion(t *testing.T) {
	ctx := context.Background()
	a := &account{t: t, status: "new"}
	r := resource(t, a, "digitalocean:index/droplet:Droplet")
	in := provider.Props{
		"name": "erp", "image": "debian-13-x64", "size": "s-1vcpu-1gb", "region": "fra1", "userData": "#cloud-config\n",
		"sshKeys": []any{"12", "aa:bb"}, "tags": []any{"a", "b"}, "monitoring": true,
	}
	id, out, err := r.Create(ctx, in)
	require.NoError(t, err)
	require.Equal(t, "7", id)
	require.Equal(t, []any{12.0, "aa:bb"}, a.created["ssh_keys"])
	require.Equal(t, "203.0.113.7", out.String("ipv4Address"))
	require.Equal(t, "10.0.0.7", out.String("ipv4AddressPrivate"))
	require.Equal(t, "do:droplet:7", out.String("dropletUrn"))
	require.Equal(t, digest("#cloud-config\n"), out.String("userData"))

	require.NoError(t, r.Delete(ctx, id, in))
	_, err = r.Read(ctx, id, in)
	require.ErrorIs(t, err, provider.ErrGone)
	require.Equal(t, "POST /v2/droplets", a.calls[0])
}

func TestADropletThatCannotBeCreatedIsAnErrorAndLeavesNothing(t *testing.T) {
	a := &account{t: t, status: "new", fails: true}
	r := resource(t, a, "digitalocean:index/droplet:Droplet")
	id, _, err := r.Create(context.Background(), provider.Props{"name": "erp", "image": "debian-13-x64", "size": "s-1vcpu-1gb", "region": "fra1"})
	require.ErrorContains(t, err, "droplet erp")
	require.ErrorContains(t, err, "could not create it")
	require.Empty(t, id, "so that the next update makes a new one")
	require.Contains(t, a.calls, "DELETE /v2/droplets/7")
}

func TestNoTokenSaysWhereToGetOne(t *testing.T) {
	_, err := configure(func(string) string { return "" })(context.Background(), nil)
	require.ErrorContains(t, err, "DIGITALOCEAN_TOKEN")
}
