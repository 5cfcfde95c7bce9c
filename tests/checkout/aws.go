package checkout

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// AWSProfile administers the local cloud's AWS.
const AWSProfile = "odooops-offsite"

// AWS is a client of the local cloud's S3 at AWS with a key.
func (c *Checkout) AWS(t testing.TB, region, id, secret string) *s3.Client {
	t.Helper()
	return c.awsS3(t, region, credentials.NewStaticCredentialsProvider(id, secret, ""))
}

// AWSAccount is one with the account's own key.
func (c *Checkout) AWSAccount(t testing.TB, region string) *s3.Client {
	t.Helper()
	own, err := config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile(AWSProfile),
		config.WithSharedCredentialsFiles([]string{c.Env(t, "AWS_SHARED_CREDENTIALS_FILE")}))
	require.NoError(t, err)
	return c.awsS3(t, region, own.Credentials)
}

func (c *Checkout) awsS3(t testing.TB, region string, who aws.CredentialsProvider) *s3.Client {
	t.Helper()
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: aws.String(c.Env(t, "AWS_ENDPOINT_URL_S3")), UsePathStyle: true, Credentials: who,
		// A bucket with Object Lock takes nothing without.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
	})
}
