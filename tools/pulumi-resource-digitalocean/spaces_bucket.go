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

// spacesBucket is digitalocean:index/spacesBucket:SpacesBucket. Its id is its name.
type spacesBucket struct{ spaces spaces }

func (r spacesBucket) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	if _, set := in["corsRules"]; set {
		return "", nil, errors.New("corsRules of SpacesBucket is deprecated: declare a SpacesBucketCorsConfiguration")
	}
	name := in.String("name")
	c, err := r.spaces.client(spacesRegion(in))
	if err != nil {
		return "", nil, err
	}
	if _, err := c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name, ACL: acl(in)}); err != nil {
		return "", nil, err
	}
	if err := r.settings(ctx, c, nil, in); err != nil {
		return name, nil, err
	}
	out, err := r.Read(ctx, name, in)
	return name, out, err
}

func acl(in provider.Props) types.BucketCannedACL {
	if a := in.String("acl"); a != "" {
		return types.BucketCannedACL(a)
	}
	return types.BucketCannedACLPrivate
}

// settings brings a bucket to what is declared, touching only what differs
// from old.
func (r spacesBucket) settings(ctx context.Context, c *s3.Client, old, in provider.Props) error {
	name := in.String("name")
	if old == nil || acl(old) != acl(in) {
		if _, err := c.PutBucketAcl(ctx, &s3.PutBucketAclInput{Bucket: &name, ACL: acl(in)}); err != nil {
			return fmt.Errorf("acl of bucket %s: %w", name, err)
		}
	}
	if versioned(old) != versioned(in) {
		status := types.BucketVersioningStatusSuspended
		if versioned(in) {
			status = types.BucketVersioningStatusEnabled
		}
		_, err := c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		})
		if err != nil {
			return fmt.Errorf("versioning of bucket %s: %w", name, err)
		}
	}
	declared, previous := in.Objects("lifecycleRules"), old.Objects("lifecycleRules")
	if len(declared) == 0 {
		if len(previous) > 0 {
			if _, err := c.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &name}); err != nil {
				return fmt.Errorf("lifecycle of bucket %s: %w", name, err)
			}
		}
		return nil
	}
	_, err := c.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: lifecycle(declared)},
	})
	if err != nil {
		return fmt.Errorf("lifecycle of bucket %s: %w", name, err)
	}
	return nil
}

func versioned(p provider.Props) bool {
	v, _ := p["versioning"].(map[string]any)
	return provider.Props(v).Bool("enabled", false)
}

// Read reads versioning back; the lifecycle rules get their generated ids.
func (r spacesBucket) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	region := spacesRegion(state)
	c, err := r.spaces.client(region)
	if err != nil {
		return nil, err
	}
	if _, err := c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &id}); err != nil {
		return nil, bucket.Gone(err)
	}
	v, err := c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &id})
	if err != nil {
		return nil, fmt.Errorf("versioning of bucket %s: %w", id, err)
	}
	out := provider.Props{
		"name": id, "region": region,
		"versioning":       map[string]any{"enabled": v.Status == types.BucketVersioningStatusEnabled},
		"bucketUrn":        "do:space:" + id,
		"bucketDomainName": id + "." + region + ".digitaloceanspaces.com",
		"endpoint":         region + ".digitaloceanspaces.com",
	}
	if _, err := c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &id}); err != nil {
		if !bucket.HasCode(err, "NoSuchLifecycleConfiguration") {
			return nil, fmt.Errorf("lifecycle of bucket %s: %w", id, err)
		}
		out["lifecycleRules"] = []any{}
	}
	return out, nil
}

func (r spacesBucket) Update(ctx context.Context, id string, old, in provider.Props) (provider.Props, error) {
	c, err := r.spaces.client(spacesRegion(in))
	if err != nil {
		return nil, err
	}
	if err := r.settings(ctx, c, old, in); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r spacesBucket) Delete(ctx context.Context, id string, state provider.Props) error {
	c, err := r.spaces.client(spacesRegion(state))
	if err != nil {
		return err
	}
	_, err = c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &id})
	if bucket.HasCode(err, "BucketNotEmpty") && state.Bool("forceDestroy", false) {
		if err := bucket.Empty(ctx, c, id, false); err != nil {
			return fmt.Errorf("emptying bucket %s: %w", id, err)
		}
		_, err = c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &id})
	}
	return bucket.Gone(err)
}

func lifecycle(declared []provider.Props) []types.LifecycleRule {
	var out []types.LifecycleRule
	for i, d := range declared {
		id := d.String("id")
		if id == "" {
			id = fmt.Sprintf("rule-%d", i+1)
		}
		rule := types.LifecycleRule{
			ID: &id, Status: types.ExpirationStatusDisabled,
			Filter: &types.LifecycleRuleFilter{Prefix: aws.String(d.String("prefix"))},
		}
		if d.Bool("enabled", false) {
			rule.Status = types.ExpirationStatusEnabled
		}
		if n := d.Int("abortIncompleteMultipartUploadDays"); n > 0 {
			rule.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(int32(n))}
		}
		if e, ok := d["expiration"].(map[string]any); ok {
			p := provider.Props(e)
			rule.Expiration = &types.LifecycleExpiration{}
			if n := p.Int("days"); n > 0 {
				rule.Expiration.Days = aws.Int32(int32(n))
			} else {
				rule.Expiration.ExpiredObjectDeleteMarker = aws.Bool(p.Bool("expiredObjectDeleteMarker", false))
			}
		}
		if e, ok := d["noncurrentVersionExpiration"].(map[string]any); ok {
			rule.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{
				NoncurrentDays: aws.Int32(int32(provider.Props(e).Int("days"))),
			}
		}
		out = append(out, rule)
	}
	return out
}
