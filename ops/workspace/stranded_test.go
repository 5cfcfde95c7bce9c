package workspace

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestContainersOlderThanTheirMachineAreStranded(t *testing.T) {
	old, now := time.Unix(1, 0), time.Unix(2, 0)
	of := func(urn, typ string, created time.Time, pendingDelete bool) apitype.ResourceV3 {
		return apitype.ResourceV3{
			URN: resource.URN(urn), Type: tokens.Type(typ), Created: &created, Delete: pendingDelete,
			ReplaceWith: []resource.URN{"host"}, DeletedWith: "host",
		}
	}
	machine := apitype.ResourceV3{URN: "host", Type: dropletType, Created: &now}
	s := State{Resources: []apitype.ResourceV3{
		machine,
		of("odoo", "docker:index/container:Container", old, false),
		of("edge", "docker:index/container:Container", now.Add(time.Second), false),
		of("network", "docker:index/network:Network", old, true),
	}}
	assert.Equal(t, []string{"odoo"}, s.Stranded())
}

func TestForgettingLeavesWhatWaitsForItsDeletion(t *testing.T) {
	out, err := without(json.RawMessage(`{"x":1,"resources":[{"urn":"a"},{"urn":"b"},{"urn":"a","delete":true}]}`), []string{"a"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"x":1,"resources":[{"urn":"b"},{"urn":"a","delete":true}]}`, string(out))
}
