package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
)

func inputs(t *testing.T, values map[string]any) *structpb.Struct {
	t.Helper()
	s, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(values), plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	require.NoError(t, err)
	return s
}

func TestWhatHasNoOutputsYetIsLookedAtByItsInputs(t *testing.T) {
	d := &declared{}
	d.see("urn:a", inputs(t, map[string]any{"name": "a"}))
	d.see("urn:b", inputs(t, map[string]any{"name": "b"}))
	all, err := d.complete([]policyx.AnalyzerResource{
		{URN: "urn:a"},
		{URN: "urn:b", Properties: property.NewMap(map[string]property.Value{"id": property.New("7")})},
		{URN: "urn:component"},
	})
	require.NoError(t, err)
	assert.Equal(t, "a", all[0].Properties.Get("name").AsString())
	assert.Equal(t, "7", all[1].Properties.Get("id").AsString())
	assert.True(t, all[1].Properties.Get("name").IsNull(), "outputs are what is")
	assert.Zero(t, all[2].Properties.Len())

	d.see("urn:a", inputs(t, map[string]any{"name": "fixed"}))
	all, err = d.complete([]policyx.AnalyzerResource{{URN: "urn:a"}})
	require.NoError(t, err)
	assert.Equal(t, "fixed", all[0].Properties.Get("name").AsString())
}
