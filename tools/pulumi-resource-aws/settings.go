package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/odooops/odooops/tools/internal/bucket"
	"github.com/odooops/odooops/tools/internal/provider"
)

// kind is one setting of a bucket.
type kind interface {
	// inputs are those that put carries over.
	inputs() []string
	put(ctx context.Context, c *s3.Client, bucket string, in provider.Props) error
	// get fails with not found where the bucket has none.
	get(ctx context.Context, c *s3.Client, bucket string) (provider.Props, error)
	remove(ctx context.Context, c *s3.Client, bucket string) error
}

// setting is a resource whose id is its bucket's name.
type setting struct {
	client *s3.Client
	kind   kind
}

func (r setting) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	id := in.String("bucket")
	out, err := r.Update(ctx, id, nil, in)
	if err != nil {
		return "", nil, err
	}
	return id, out, nil
}

func (r setting) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	out, err := r.kind.get(ctx, r.client, id)
	if err != nil {
		return nil, bucket.Gone(err)
	}
	out["bucket"] = id
	return out, nil
}

func (r setting) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	if err := refuse(in, append(r.kind.inputs(), "bucket")...); err != nil {
		return nil, err
	}
	if err := r.kind.put(ctx, r.client, id, in); err != nil {
		return nil, fmt.Errorf("bucket %s: %w", id, err)
	}
	return r.Read(ctx, id, in)
}

func (r setting) Delete(ctx context.Context, id string, _ provider.Props) error {
	return bucket.Gone(r.kind.remove(ctx, r.client, id))
}

type versioning struct{}

func (versioning) inputs() []string { return []string{"versioningConfiguration"} }

func (versioning) put(ctx context.Context, c *s3.Client, name string, in provider.Props) error {
	status := in.Object("versioningConfiguration").String("status")
	_, err := c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatus(status)},
	})
	return err
}

func (versioning) get(ctx context.Context, c *s3.Client, name string) (provider.Props, error) {
	v, err := c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &name})
	if err != nil {
		return nil, err
	}
	if v.Status == "" {
		return nil, provider.ErrGone
	}
	return provider.Props{"versioningConfiguration": map[string]any{"status": string(v.Status)}}, nil
}

// remove suspends it. Of a bucket with a lock AWS refuses that, and the
// official plugin takes the refusal for done.
func (versioning) remove(ctx context.Context, c *s3.Client, name string) error {
	_, err := c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended},
	})
	if bucket.HasCode(err, "InvalidBucketState") {
		return nil
	}
	return err
}

type objectLock struct{}

func (objectLock) inputs() []string { return []string{"rule"} }

func (objectLock) put(ctx context.Context, c *s3.Client, name string, in provider.Props) error {
	conf := &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled}
	if d := in.Object("rule").Object("defaultRetention"); d != nil {
		retention := &types.DefaultRetention{Mode: types.ObjectLockRetentionMode(d.String("mode"))}
		if n := d.Int("days"); n > 0 {
			retention.Days = aws.Int32(int32(n))
		}
		if n := d.Int("years"); n > 0 {
			retention.Years = aws.Int32(int32(n))
		}
		conf.Rule = &types.ObjectLockRule{DefaultRetention: retention}
	}
	_, err := c.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{Bucket: &name, ObjectLockConfiguration: conf})
	return err
}

func (objectLock) get(ctx context.Context, c *s3.Client, name string) (provider.Props, error) {
	l, err := c.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &name})
	if err != nil {
		return nil, err
	}
	out := provider.Props{"objectLockEnabled": string(l.ObjectLockConfiguration.ObjectLockEnabled)}
	if rule := l.ObjectLockConfiguration.Rule; rule != nil && rule.DefaultRetention != nil {
		d := map[string]any{"mode": string(rule.DefaultRetention.Mode)}
		if n := aws.ToInt32(rule.DefaultRetention.Days); n > 0 {
			d["days"] = float64(n)
		}
		if n := aws.ToInt32(rule.DefaultRetention.Years); n > 0 {
			d["years"] = float64(n)
		}
		out["rule"] = map[string]any{"defaultRetention": d}
	}
	return out, nil
}

// remove ends the default: a bucket's lock itself can't be taken away.
func (o objectLock) remove(ctx context.Context, c *s3.Client, name string) error {
	return o.put(ctx, c, name, nil)
}

type publicAccessBlock struct{}

func (publicAccessBlock) inputs() []string {
	return []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}
}

func (publicAccessBlock) put(ctx context.Context, c *s3.Client, name string, in provider.Props) error {
	on := func(key string) *bool { return aws.Bool(in.Bool(key, false)) }
	_, err := c.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: &name,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: on("blockPublicAcls"), BlockPublicPolicy: on("blockPublicPolicy"),
			IgnorePublicAcls: on("ignorePublicAcls"), RestrictPublicBuckets: on("restrictPublicBuckets"),
		}})
	return err
}

func (publicAccessBlock) get(ctx context.Context, c *s3.Client, name string) (provider.Props, error) {
	b, err := c.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &name})
	if err != nil {
		return nil, err
	}
	p := b.PublicAccessBlockConfiguration
	return provider.Props{
		"blockPublicAcls": aws.ToBool(p.BlockPublicAcls), "blockPublicPolicy": aws.ToBool(p.BlockPublicPolicy),
		"ignorePublicAcls": aws.ToBool(p.IgnorePublicAcls), "restrictPublicBuckets": aws.ToBool(p.RestrictPublicBuckets),
	}, nil
}

func (publicAccessBlock) remove(ctx context.Context, c *s3.Client, name string) error {
	_, err := c.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: &name})
	return err
}

type encryption struct{}

func (encryption) inputs() []string { return []string{"rules"} }

func (encryption) put(ctx context.Context, c *s3.Client, name string, in provider.Props) error {
	conf := &types.ServerSideEncryptionConfiguration{}
	for _, r := range in.Objects("rules") {
		by := r.Object("applyServerSideEncryptionByDefault")
		if err := refuse(by, "sseAlgorithm"); err != nil {
			return err
		}
		conf.Rules = append(conf.Rules, types.ServerSideEncryptionRule{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryption(by.String("sseAlgorithm"))},
		})
	}
	_, err := c.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: &name, ServerSideEncryptionConfiguration: conf})
	return err
}

// get leaves the rules as they are declared: AWS adds to them.
func (encryption) get(ctx context.Context, c *s3.Client, name string) (provider.Props, error) {
	_, err := c.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &name})
	return provider.Props{}, err
}

func (encryption) remove(ctx context.Context, c *s3.Client, name string) error {
	_, err := c.DeleteBucketEncryption(ctx, &s3.DeleteBucketEncryptionInput{Bucket: &name})
	return err
}

type lifecycle struct{}

func (lifecycle) inputs() []string { return []string{"rules"} }

func (lifecycle) put(ctx context.Context, c *s3.Client, name string, in provider.Props) error {
	conf := &types.BucketLifecycleConfiguration{}
	for _, r := range in.Objects("rules") {
		if err := refuse(r, "id", "status", "filter", "noncurrentVersionExpiration", "abortIncompleteMultipartUpload"); err != nil {
			return err
		}
		rule := types.LifecycleRule{
			ID: aws.String(r.String("id")), Status: types.ExpirationStatus(r.String("status")),
			Filter: &types.LifecycleRuleFilter{Prefix: aws.String(r.Object("filter").String("prefix"))},
		}
		if n := r.Object("noncurrentVersionExpiration").Int("noncurrentDays"); n > 0 {
			rule.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(int32(n))}
		}
		if n := r.Object("abortIncompleteMultipartUpload").Int("daysAfterInitiation"); n > 0 {
			rule.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(int32(n))}
		}
		conf.Rules = append(conf.Rules, rule)
	}
	_, err := c.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: &name, LifecycleConfiguration: conf})
	return err
}

func (lifecycle) get(ctx context.Context, c *s3.Client, name string) (provider.Props, error) {
	l, err := c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &name})
	if err != nil {
		return nil, err
	}
	rules := []any{}
	for _, r := range l.Rules {
		rule := map[string]any{"id": aws.ToString(r.ID), "status": string(r.Status)}
		if r.Filter != nil {
			rule["filter"] = map[string]any{"prefix": aws.ToString(r.Filter.Prefix)}
		}
		if e := r.NoncurrentVersionExpiration; e != nil {
			rule["noncurrentVersionExpiration"] = map[string]any{"noncurrentDays": float64(aws.ToInt32(e.NoncurrentDays))}
		}
		if a := r.AbortIncompleteMultipartUpload; a != nil {
			rule["abortIncompleteMultipartUpload"] = map[string]any{"daysAfterInitiation": float64(aws.ToInt32(a.DaysAfterInitiation))}
		}
		rules = append(rules, rule)
	}
	return provider.Props{"rules": rules}, nil
}

func (lifecycle) remove(ctx context.Context, c *s3.Client, name string) error {
	_, err := c.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &name})
	return err
}
