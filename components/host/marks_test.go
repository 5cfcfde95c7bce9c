package host

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
)

func TestMarksBecomeTagsThatACloudTakes(t *testing.T) {
	assert.Equal(t, pulumi.ToStringArray([]string{
		"odooops:backend:6f1c", "odooops:kind:staging", "odooops:owner:jane_doe_example_com", "odooops:stack:staging",
	}), Tags("staging", "staging", map[string]string{"backend": "6f1c", "owner": "jane.doe@example.com", "created": ""}))
}

func TestWithoutMarksTheTagsAreAsEver(t *testing.T) {
	assert.Equal(t, pulumi.ToStringArray([]string{"odooops:kind:production", "odooops:stack:production"}), Tags("production", "production", nil))
}
