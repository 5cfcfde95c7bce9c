package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// bucketKeys lists every object of a Spaces bucket.
func bucketKeys(t *testing.T, vars map[string]string, bucket string) []string {
	t.Helper()
	client := s3.New(s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(vars["SPACES_ENDPOINT_URL"]),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(vars["SPACES_ACCESS_KEY_ID"], vars["SPACES_SECRET_ACCESS_KEY"], ""),
	})
	var keys []string
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: aws.String(bucket)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, object := range page.Contents {
			keys = append(keys, aws.ToString(object.Key))
		}
	}
	return keys
}
