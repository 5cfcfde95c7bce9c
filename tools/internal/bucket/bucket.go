// Package bucket is what the plugins of both clouds do with S3 in the same way.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/odooops/odooops/tools/internal/provider"
)

// Gone turns AWS's ways to say that there is no such thing into ErrGone.
func Gone(err error) error {
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() == http.StatusNotFound {
		return provider.ErrGone
	}
	return err
}

// HasCode says whether the cloud refused with this code.
func HasCode(err error, code string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == code
}

// Empty deletes every version and delete marker. With bypass it also ends what
// governance retains.
func Empty(ctx context.Context, c *s3.Client, name string, bypass bool) error {
	remove := func(key, version *string) error {
		in := &s3.DeleteObjectInput{Bucket: &name, Key: key, VersionId: version}
		if bypass {
			in.BypassGovernanceRetention = &bypass
		}
		if _, err := c.DeleteObject(ctx, in); err != nil {
			return fmt.Errorf("%s: %w", aws.ToString(key), err)
		}
		return nil
	}
	pages := s3.NewListObjectVersionsPaginator(c, &s3.ListObjectVersionsInput{Bucket: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, v := range page.Versions {
			if err := remove(v.Key, v.VersionId); err != nil {
				return err
			}
		}
		for _, v := range page.DeleteMarkers {
			if err := remove(v.Key, v.VersionId); err != nil {
				return err
			}
		}
	}
	return nil
}
