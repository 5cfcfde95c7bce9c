package cloud

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/odooops/odooops/stacks/config"
)

// Repository is a client of a repository's two buckets with one of its keys.
func Repository(get Getter, r config.Repository, key config.RepositoryKey) *s3.Client {
	endpoint, region := "https://"+r.Endpoint, r.Region
	if r.Number == 1 {
		endpoint, region = SpacesEndpoint(get, r.Region), "us-east-1" // Spaces signs for this one everywhere
	} else if u := get("AWS_ENDPOINT_URL_S3"); u != "" {
		endpoint = u
	}
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: aws.String(endpoint), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""),
	})
}
