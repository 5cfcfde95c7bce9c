package repair

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/workspace"
)

// fake is a cloud of fixed answers that remembers deletions.
type fake struct {
	answers map[string]any // by path
	deleted []string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodDelete {
		f.deleted = append(f.deleted, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	v, ok := f.answers[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"id":"not_found"}`)
		return
	}
	_ = json.NewEncoder(w).Encode(v)
}

func repairer(t *testing.T, f *fake) *Repairer {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	c := godo.NewFromToken("t")
	u, err := url.Parse(s.URL + "/")
	require.NoError(t, err)
	c.BaseURL = u
	return &Repairer{Cloud: c, Hosts: Records{URL: s.URL + "/_local/docker"}}
}

func half(typ string, inputs map[string]any) workspace.Half {
	return workspace.Half{URN: "u", Type: typ, Inputs: inputs, Host: "ssh://ops@10.0.0.3"}
}

func TestAVolumeIsAdopted(t *testing.T) {
	f := &fake{answers: map[string]any{"/v2/volumes": map[string]any{"volumes": []any{
		map[string]any{"id": "v1", "name": "data", "region": map[string]any{"slug": "fra1"}},
	}}}}
	h := half("digitalocean:index/volume:Volume", map[string]any{"name": "data", "region": "fra1"})
	v, err := repairer(t, f).Repair(context.Background(), h, nil)
	require.NoError(t, err)
	assert.Equal(t, "v1", v.ID)

	v, err = repairer(t, f).Repair(context.Background(), h, map[string]bool{h.Type + "/v1": true})
	require.NoError(t, err)
	assert.Empty(t, v.ID, "the state knows it already")
}

func TestAMachineIsRemovedOnlyWithItsTagsAndWithoutAVolume(t *testing.T) {
	machines := []any{
		map[string]any{"id": 1, "name": "production", "tags": []string{"other"}},
		map[string]any{"id": 2, "name": "production", "tags": []string{"odooops:stack:production"}, "volume_ids": []string{"v"}},
		map[string]any{"id": 3, "name": "production", "tags": []string{"odooops:stack:production"}},
	}
	f := &fake{answers: map[string]any{"/v2/droplets": map[string]any{"droplets": machines}}}
	h := half("digitalocean:index/droplet:Droplet", map[string]any{"name": "production", "tags": []any{"odooops:stack:production"}})
	v, err := repairer(t, f).Repair(context.Background(), h, nil)
	require.NoError(t, err)
	assert.Empty(t, v.ID)
	assert.Equal(t, []string{"/v2/droplets/3"}, f.deleted)
}

func TestOneOfSeveralUnusedAddressesIsNotGuessed(t *testing.T) {
	ip := func(a string) any { return map[string]any{"ip": a, "region": map[string]any{"slug": "fra1"}} }
	f := &fake{answers: map[string]any{"/v2/reserved_ips": map[string]any{"reserved_ips": []any{ip("1.1.1.1"), ip("2.2.2.2")}}}}
	h := half("digitalocean:index/reservedIp:ReservedIp", map[string]any{"region": "fra1"})
	v, err := repairer(t, f).Repair(context.Background(), h, nil)
	require.NoError(t, err)
	assert.Empty(t, v.ID)
	assert.Contains(t, v.Note, "none is adopted")
}

func TestAHalfMadeContainerIsRemovedByName(t *testing.T) {
	f := &fake{answers: map[string]any{"/_local/docker/10.0.0.3/container": map[string]any{
		"c1": map[string]any{"inputs": map[string]any{"name": "production-odoo"}},
		"c2": map[string]any{"inputs": map[string]any{"name": "production-edge"}},
	}}}
	h := half("docker:index/container:Container", map[string]any{"name": "production-odoo"})
	_, err := repairer(t, f).Repair(context.Background(), h, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"/_local/docker/10.0.0.3/container/c1"}, f.deleted)
}

func TestWhatCanBeMadeAgainIsLeftAlone(t *testing.T) {
	v, err := repairer(t, &fake{}).Repair(context.Background(), half("digitalocean:index/volumeAttachment:VolumeAttachment", nil), nil)
	require.NoError(t, err)
	assert.Equal(t, workspace.Verdict{}, v)
}
