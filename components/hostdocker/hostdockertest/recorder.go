// Package hostdockertest is for tests of what declares containers.
package hostdockertest

import (
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// Recorder is a Pulumi monitor that keeps the containers that were declared.
type Recorder struct {
	mu         sync.Mutex
	Containers map[string]pulumi.MockResourceArgs
}

// NewResource keeps a container, and gives everything an ID.
func (r *Recorder) NewResource(a pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.TypeToken == "docker:index/container:Container" {
		if r.Containers == nil {
			r.Containers = map[string]pulumi.MockResourceArgs{}
		}
		r.Containers[a.Name] = a
	}
	return a.Name + "-id", a.Inputs, nil
}

// Call answers nothing.
func (*Recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

// Inputs are a container's.
func (r *Recorder) Inputs(t testing.TB, name string) resource.PropertyMap {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.Containers[name]
	require.True(t, ok, name)
	return c.Inputs
}
