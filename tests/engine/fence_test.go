package engine

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAFencedHostCanNeitherReadNorWriteItsBackups has what the old machine
// knows: a machine that boots again tries just that.
func TestAFencedHostCanNeitherReadNorWriteItsBackups(t *testing.T) {
	c := withProduction(t)
	before := c.production(t)
	hostKey := c.accessKey(t, "host")
	offsite := before.Repositories[1]
	put := func(client *s3.Client, bucket string) error {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &bucket, Key: aws.String("pgbackrest/archive/production/17-1/0001"), Body: strings.NewReader("WAL"),
		})
		return err
	}
	list := func(client *s3.Client, bucket string) error {
		_, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
		return err
	}
	spaces := func(id, secret string) *s3.Client {
		o := c.S3(t).Options()
		o.Credentials = credentials.NewStaticCredentialsProvider(id, secret, "")
		return s3.New(o)
	}
	require.NoError(t, put(c.AWS(t, offsite.Region, hostKey.ID, hostKey.Secret), offsite.Bucket))
	require.NoError(t, list(spaces(before.ReadKeys[0].ID, before.ReadKeys[0].Secret), before.Repositories[0].Bucket))
	counts := c.records(t)

	c.Must(t, "bin/odooops", "host", "replace", "production", "--renew-keys")

	assert.Equal(t, counts, c.records(t), "nothing is left of the old ones")
	after := c.production(t)
	assert.NotEqual(t, before.HostID, after.HostID)
	assert.Equal(t, before.Repositories, after.Repositories)
	assert.NotEmpty(t, refusal(t, put(c.AWS(t, offsite.Region, hostKey.ID, hostKey.Secret), offsite.Bucket)))
	assert.NotEmpty(t, refusal(t, list(spaces(before.ReadKeys[0].ID, before.ReadKeys[0].Secret), before.Repositories[0].Bucket)))
	renewed := c.accessKey(t, "host")
	assert.NoError(t, put(c.AWS(t, offsite.Region, renewed.ID, renewed.Secret), offsite.Bucket))
	for i, client := range []*s3.Client{
		spaces(after.ReadKeys[0].ID, after.ReadKeys[0].Secret), c.AWS(t, offsite.Region, after.ReadKeys[1].ID, after.ReadKeys[1].Secret),
	} {
		assert.NoError(t, list(client, after.Repositories[i].Bucket))
	}
	c.noChange(t, "production")
}
