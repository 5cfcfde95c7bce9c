package checkout

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// S3 is a client of the local cloud's Spaces with the account's own key.
func (c *Checkout) S3(t testing.TB) *s3.Client {
	t.Helper()
	env := map[string]string{}
	c.JSON(t, &env, "local", "env")
	return s3.New(s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(env["SPACES_ENDPOINT_URL"]),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(env["SPACES_ACCESS_KEY_ID"], env["SPACES_SECRET_ACCESS_KEY"], ""),
	})
}
