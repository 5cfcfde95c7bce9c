package main

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/odooops/odooops/tools/internal/provider"
)

// spaces makes S3 clients for the buckets' regions.
type spaces struct{ endpoint, accessKey, secretKey string }

const defaultSpacesRegion = "nyc3"

func spacesRegion(p provider.Props) string {
	if r := p.String("region"); r != "" {
		return strings.ToLower(r)
	}
	return defaultSpacesRegion
}

// client addresses buckets by path at a given endpoint and by host name at
// DigitalOcean's own. The endpoint may hold {{.Region}}.
func (s spaces) client(region string) (*s3.Client, error) {
	if s.accessKey == "" || s.secretKey == "" {
		return nil, errors.New("no Spaces keys: set SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY; for the local cloud run `eval \"$(odooops local env)\"`")
	}
	endpoint := s.endpoint
	if endpoint == "" {
		endpoint = "https://{{.Region}}.digitaloceanspaces.com"
	}
	return s3.New(s3.Options{
		Region:       "us-east-1", // what Spaces signs with, wherever the bucket is
		BaseEndpoint: aws.String(strings.ReplaceAll(endpoint, "{{.Region}}", region)),
		UsePathStyle: s.endpoint != "",
		Credentials:  credentials.NewStaticCredentialsProvider(s.accessKey, s.secretKey, ""),
		// Spaces does not know the checksums newer SDKs send by default.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}), nil
}
