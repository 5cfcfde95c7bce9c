package workspace

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

func TestAJobThatFailedIsFoundAndAServiceThatEndedIsNot(t *testing.T) {
	container := func(urn string, mustRun bool, code float64) apitype.ResourceV3 {
		return apitype.ResourceV3{
			URN: resource.URN(urn), Type: containerType,
			Inputs: map[string]any{"mustRun": mustRun}, Outputs: map[string]any{"exitCode": code},
		}
	}
	waiting := container("replaced", false, 1)
	waiting.Delete = true
	s := State{Resources: []apitype.ResourceV3{
		container("failed", false, 1), container("done", false, 0), container("service", true, 137), waiting,
		{URN: "network", Type: "docker:index/network:Network"},
	}}
	assert.Equal(t, []string{"failed"}, s.FailedJobs())
}
