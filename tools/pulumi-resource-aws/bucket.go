package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/odooops/odooops/tools/internal/bucket"
	"github.com/odooops/odooops/tools/internal/provider"
)

// bucketV2 is aws:s3/bucketV2:BucketV2. Its id is its name. The settings of a
// bucket are resources of their own.
type bucketV2 struct{ client *s3.Client }

func (r bucketV2) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	if err := refuse(in, "bucket", "forceDestroy", "objectLockEnabled"); err != nil {
		return "", nil, err
	}
	name := in.String("bucket")
	if name == "" {
		return "", nil, errors.New("the offline plugin of AWS makes up no names: give the bucket one")
	}
	req := &s3.CreateBucketInput{Bucket: &name}
	if region := r.client.Options().Region; region != "us-east-1" { // which is what AWS means by none
		req.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	if in.Bool("objectLockEnabled", false) {
		req.ObjectLockEnabledForBucket = aws.Bool(true)
	}
	if _, err := r.client.CreateBucket(ctx, req); err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, name, in)
	return name, out, err
}

func (r bucketV2) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	if _, err := r.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &id}); err != nil {
		return nil, bucket.Gone(err)
	}
	locked := true
	_, err := r.client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &id})
	if bucket.HasCode(err, "ObjectLockConfigurationNotFoundError") {
		locked, err = false, nil
	}
	if err != nil {
		return nil, fmt.Errorf("object lock of bucket %s: %w", id, err)
	}
	region := r.client.Options().Region
	return provider.Props{
		"bucket": id, "region": region, "arn": "arn:aws:s3:::" + id, "objectLockEnabled": locked,
		"bucketDomainName": id + ".s3.amazonaws.com", "bucketRegionalDomainName": id + ".s3." + region + ".amazonaws.com",
	}, nil
}

// Update has nothing to tell AWS: forceDestroy is of this plugin.
func (r bucketV2) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	if err := refuse(in, "bucket", "forceDestroy", "objectLockEnabled"); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

// Delete empties a bucket that may be, ending what governance retains, as the
// official plugin does where the lock is enabled.
func (r bucketV2) Delete(ctx context.Context, id string, state provider.Props) error {
	_, err := r.client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &id})
	if bucket.HasCode(err, "BucketNotEmpty") && state.Bool("forceDestroy", false) {
		if err := bucket.Empty(ctx, r.client, id, state.Bool("objectLockEnabled", false)); err != nil {
			return fmt.Errorf("emptying bucket %s: %w", id, err)
		}
		_, err = r.client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &id})
	}
	return bucket.Gone(err)
}
