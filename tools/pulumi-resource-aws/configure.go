package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/odooops/odooops/tools/internal/provider"
)

// configure finds credentials and endpoints as the official plugin does. It
// asks nobody yet who they are of: an unused provider has to configure anywhere.
func configure(getenv func(string) string) func(context.Context, provider.Props) (provider.Types, error) {
	return func(ctx context.Context, in provider.Props) (provider.Types, error) {
		for _, key := range []string{"accessKey", "secretKey", "token"} {
			if in.String(key) != "" {
				return provider.Types{}, fmt.Errorf("%s would be in the state: name a profile of the shared credentials file", key)
			}
		}
		options := []func(*config.LoadOptions) error{config.WithRegion(in.String("region"))}
		if profile := in.String("profile"); profile != "" {
			options = append(options, config.WithSharedConfigProfile(profile))
		}
		c, err := config.LoadDefaultConfig(ctx, options...)
		if err != nil {
			file := getenv("AWS_SHARED_CREDENTIALS_FILE")
			if file == "" {
				file = "~/.aws/credentials"
			}
			return provider.Types{}, fmt.Errorf("credentials of AWS: %w; put the profile into %s; for the local cloud run `eval \"$(odooops local env)\"`", err, file)
		}
		buckets := s3.NewFromConfig(c, func(o *s3.Options) {
			o.UsePathStyle = in.String("s3UsePathStyle") == "true" || in.Bool("s3UsePathStyle", false)
		})
		return provider.Types{Resources: resources(buckets, iam.NewFromConfig(c))}, nil
	}
}

func resources(b *s3.Client, i *iam.Client) map[string]provider.Resource {
	return map[string]provider.Resource{
		"aws:iam/accessKey:AccessKey":   accessKey{i},
		"aws:iam/user:User":             user{i},
		"aws:iam/userPolicy:UserPolicy": userPolicy{i},
		"aws:s3/bucketV2:BucketV2":      bucketV2{b},
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       setting{b, lifecycle{}},
		"aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2":                     setting{b, objectLock{}},
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     setting{b, publicAccessBlock{}},
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": setting{b, encryption{}},
		"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               setting{b, versioning{}},
	}
}

// refuse names inputs that the official plugin knows and this one doesn't.
func refuse(in provider.Props, known ...string) error {
	for key := range in {
		found := false
		for _, k := range known {
			found = found || k == key
		}
		if !found {
			return fmt.Errorf("the offline plugin of AWS doesn't do %q", key)
		}
	}
	return nil
}
