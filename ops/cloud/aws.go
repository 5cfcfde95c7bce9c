package cloud

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// IAM administers the users of the offsite repository, by a profile of the
// operator's shared credentials file as the provider does.
func IAM(ctx context.Context, get Getter, profile, region string) (*iam.Client, error) {
	options := []func(*config.LoadOptions) error{config.WithRegion(region)}
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	if file := get("AWS_SHARED_CREDENTIALS_FILE"); file != "" {
		options = append(options, config.WithSharedCredentialsFiles([]string{file}))
	}
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("credentials of AWS, profile %q: %w", profile, err)
	}
	return iam.NewFromConfig(c, func(o *iam.Options) {
		if url := get("AWS_ENDPOINT_URL_IAM"); url != "" {
			o.BaseEndpoint = aws.String(url)
		}
	}), nil
}
