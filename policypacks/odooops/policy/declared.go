package policy

import (
	"fmt"
	"sync"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
)

// declared keeps the inputs that the engine has shown, by URN. From a provider
// that can't be configured yet, as Docker's before its host is there, a preview
// has no outputs at all. Then the inputs are what is known, and none of them
// may be taken for not set.
type declared struct {
	mu     sync.Mutex
	inputs map[string]*structpb.Struct
	read   map[string]property.Map
}

func (d *declared) see(urn string, inputs *structpb.Struct) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inputs == nil {
		d.inputs, d.read = map[string]*structpb.Struct{}, map[string]property.Map{}
	}
	d.inputs[urn] = inputs
	delete(d.read, urn)
}

// complete gives their inputs to the resources that have no outputs.
func (d *declared) complete(all []policyx.AnalyzerResource) ([]policyx.AnalyzerResource, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	whole := make([]policyx.AnalyzerResource, len(all))
	for i, r := range all {
		whole[i] = r
		if r.Properties.Len() > 0 || d.inputs[r.URN] == nil {
			continue
		}
		if _, done := d.read[r.URN]; !done {
			inputs, err := plugin.UnmarshalProperties(d.inputs[r.URN], plugin.MarshalOptions{
				KeepUnknowns: true, KeepSecrets: true, KeepResources: true, KeepOutputValues: true,
			})
			if err != nil {
				return nil, fmt.Errorf("read the inputs of %s: %w", r.URN, err)
			}
			d.read[r.URN] = resource.FromResourcePropertyMap(inputs)
		}
		whole[i].Properties = d.read[r.URN]
	}
	return whole, nil
}
