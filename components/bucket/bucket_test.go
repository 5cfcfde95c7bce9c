package bucket_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/bucket"
)

// recorder is a Pulumi monitor that keeps the one resource that was declared.
type recorder struct{ declared pulumi.MockResourceArgs }

func (r *recorder) NewResource(a pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.declared = a
	return a.Name + "-id", a.Inputs, nil
}

func (*recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func declare(t *testing.T, protect bool) pulumi.MockResourceArgs {
	t.Helper()
	r := &recorder{}
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := bucket.New(ctx, "production-wal", bucket.Args{
			Name: "odooops-production-wal-a379a6f6", Region: "fra1", KeepDays: 30, Protect: protect,
		})
		return err
	}, pulumi.WithMocks("odooops", "production", r)))
	return r.declared
}

func TestWhatIsDeletedCanBeBroughtBackAndNothingCurrentExpires(t *testing.T) {
	b := declare(t, true)
	assert.Equal(t, "digitalocean:index/spacesBucket:SpacesBucket", b.TypeToken)
	assert.Equal(t, "production-wal", b.Name)
	assert.Equal(t, resource.NewPropertyMapFromMap(map[string]any{
		"name": "odooops-production-wal-a379a6f6", "region": "fra1", "acl": "private", "forceDestroy": false,
		"versioning": map[string]any{"enabled": true},
		"lifecycleRules": []any{map[string]any{
			"id": "old-versions", "enabled": true, "abortIncompleteMultipartUploadDays": 7.0,
			"noncurrentVersionExpiration": map[string]any{"days": 30.0},
		}},
	}), b.Inputs)
}

func TestOnlyAnUnprotectedBucketIsEmptiedWithItsStack(t *testing.T) {
	for _, protect := range []bool{true, false} {
		b := declare(t, protect)
		assert.Equal(t, protect, b.RegisterRPC.GetProtect())
		assert.Equal(t, !protect, b.Inputs["forceDestroy"].BoolValue())
	}
}

// Another name would be another bucket: all that was backed up is in this one.
func TestANameStaysThatOfItsPurposeAndDomain(t *testing.T) {
	assert.Equal(t, "odooops-production-wal-a379a6f6", bucket.Name("production-wal", "example.com"))
	assert.NotEqual(t, bucket.Name("production-wal", "example.com"), bucket.Name("production-wal", "example.org"))
}
