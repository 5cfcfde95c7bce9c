package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/odooops/odooops/tools/internal/bucket"
	"github.com/odooops/odooops/tools/internal/provider"
)

// bucketPolicy is digitalocean:index/spacesBucketPolicy:SpacesBucketPolicy.
type bucketPolicy struct{ spaces spaces }

func (r bucketPolicy) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	name := in.String("bucket")
	_, err := r.Update(ctx, name, nil, in)
	if err != nil {
		return "", nil, err
	}
	return name, nil, nil
}

func (r bucketPolicy) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	c, err := r.spaces.client(spacesRegion(state))
	if err != nil {
		return nil, err
	}
	// The stored text may be formatted differently, so it is not compared.
	_, err = c.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &id})
	return nil, bucket.Gone(err)
}

func (r bucketPolicy) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	c, err := r.spaces.client(spacesRegion(in))
	if err != nil {
		return nil, err
	}
	_, err = c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &id, Policy: aws.String(in.String("policy"))})
	return nil, err
}

func (r bucketPolicy) Delete(ctx context.Context, id string, state provider.Props) error {
	c, err := r.spaces.client(spacesRegion(state))
	if err != nil {
		return err
	}
	_, err = c.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &id})
	return bucket.Gone(err)
}

// bucketCORS is
// digitalocean:index/spacesBucketCorsConfiguration:SpacesBucketCorsConfiguration.
type bucketCORS struct{ spaces spaces }

func (r bucketCORS) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	name := in.String("bucket")
	if _, err := r.Update(ctx, name, nil, in); err != nil {
		return "", nil, err
	}
	return name, nil, nil
}

func (r bucketCORS) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	c, err := r.spaces.client(spacesRegion(state))
	if err != nil {
		return nil, err
	}
	_, err = c.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: &id})
	return nil, bucket.Gone(err)
}

func (r bucketCORS) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	c, err := r.spaces.client(spacesRegion(in))
	if err != nil {
		return nil, err
	}
	var list []types.CORSRule
	for _, d := range in.Objects("corsRules") {
		rule := types.CORSRule{
			AllowedHeaders: d.Strings("allowedHeaders"), AllowedMethods: d.Strings("allowedMethods"),
			AllowedOrigins: d.Strings("allowedOrigins"), ExposeHeaders: d.Strings("exposeHeaders"),
		}
		if name := d.String("id"); name != "" {
			rule.ID = &name
		}
		if n := d.Int("maxAgeSeconds"); n > 0 {
			rule.MaxAgeSeconds = aws.Int32(int32(n))
		}
		list = append(list, rule)
	}
	_, err = c.PutBucketCors(ctx, &s3.PutBucketCorsInput{Bucket: &id, CORSConfiguration: &types.CORSConfiguration{CORSRules: list}})
	return nil, err
}

func (r bucketCORS) Delete(ctx context.Context, id string, state provider.Props) error {
	c, err := r.spaces.client(spacesRegion(state))
	if err != nil {
		return err
	}
	_, err = c.DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{Bucket: &id})
	return bucket.Gone(err)
}
