package replace

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	res "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/workspace"
)

// cloudWith answers for droplet 7 with the given body; empty is 404.
func cloudWith(t *testing.T, droplet string) *godo.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if droplet == "" || r.URL.Path != "/v2/droplets/7" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(`{"droplet":` + droplet + `}`))
	}))
	t.Cleanup(s.Close)
	c := godo.NewFromToken("t")
	u, err := url.Parse(s.URL + "/")
	require.NoError(t, err)
	c.BaseURL = u
	return c
}

func resource(typ, id string, pendingDelete bool) apitype.ResourceV3 {
	return apitype.ResourceV3{
		URN: "urn:pulumi:production::odooops::digitalocean:index/x:X::production", Custom: true, Delete: pendingDelete,
		ID: res.ID(id), Type: tokens.Type(typ), Inputs: map[string]any{"volumeId": "v"},
	}
}

func lookAt(t *testing.T, droplet string, resources ...apitype.ResourceV3) situation {
	t.Helper()
	o := Options{Stack: &workspace.Stack{Name: "production"}, Cloud: cloudWith(t, droplet)}
	s, err := o.look(context.Background(), workspace.State{Resources: resources})
	require.NoError(t, err)
	return s
}

func TestAMachineWithItsVolumeBeginsANewReplacement(t *testing.T) {
	s := lookAt(t, `{"id":7,"status":"active"}`, resource(dropletType, "7", false), resource(attachmentType, "a", false))
	assert.False(t, s.begun)
	assert.Equal(t, "7", s.old)
	assert.Contains(t, s.plan("production")[0], marker)
}

func TestAMarkedMachineIsGoneOnWith(t *testing.T) {
	s := lookAt(t, `{"id":7,"status":"off","tags":["odooops:replacing"]}`, resource(dropletType, "7", false))
	assert.True(t, s.begun)
	assert.False(t, s.replaced)
}

func TestANewMachineBesideTheOldOneIsOnlyFinished(t *testing.T) {
	s := lookAt(t, `{"id":7,"status":"active"}`,
		resource(dropletType, "7", false), resource(dropletType, "3", true), resource(attachmentType, "a", false))
	assert.True(t, s.replaced)
	assert.Equal(t, "3", s.old)
}

func TestANewMachineWithoutItsVolumeIsOnlyFinished(t *testing.T) {
	s := lookAt(t, `{"id":7,"status":"active"}`, resource(dropletType, "7", false))
	assert.True(t, s.replaced)
}

func TestAMachineThatIsGoneIsReplacedWithoutStoppingIt(t *testing.T) {
	s := lookAt(t, "", resource(dropletType, "7", false), resource(attachmentType, "a", false))
	assert.Nil(t, s.machine)
	assert.False(t, s.replaced)
	assert.NotContains(t, s.plan("production")[0], marker)
}
