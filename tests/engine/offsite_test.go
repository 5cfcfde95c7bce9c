package engine

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks/config"
	"github.com/odooops/odooops/tests/checkout"
)

// TestOffsite attacks the second repository with what a host has.
func TestOffsite(t *testing.T) {
	c := withProduction(t)
	c.noChange(t, "production")

	out := c.production(t)
	require.Len(t, out.Repositories, 2)
	offsite := out.Repositories[1]
	assert.Equal(t, "s3."+offsite.Region+".amazonaws.com", offsite.Endpoint)
	assert.NotContains(t, offsite.Region, out.Region)
	hostKey := c.accessKey(t, "host")
	host := c.AWS(t, offsite.Region, hostKey.ID, hostKey.Secret)
	reader := c.AWS(t, offsite.Region, out.ReadKeys[1].ID, out.ReadKeys[1].Secret)
	expirer := c.AWS(t, offsite.Region, out.ExpireKeys[1].ID, out.ExpireKeys[1].Secret)

	for _, bucket := range []string{offsite.Bucket, offsite.FilesBucket} {
		t.Run(bucket, func(t *testing.T) {
			a := &attack{bucket: &bucket, key: aws.String("pgbackrest/archive/production/17-1/0001")}
			first := a.put(t, host, "what was backed up")
			assert.Equal(t, "what was backed up", a.get(t, host, nil))

			for name, call := range a.calls(first) {
				for role, client := range map[string]*s3.Client{"host": host, "reader": reader, "expirer": expirer} {
					assert.Equal(t, "AccessDenied", refusal(t, call(t, client)), "%s: %s", role, name)
				}
			}
			// An attacker can only hide it, and write more.
			a.put(t, host, "encrypted for ransom")
			_, err := host.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: a.bucket, Key: a.key})
			require.NoError(t, err)
			list, err := host.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: a.bucket})
			require.NoError(t, err)
			assert.Empty(t, list.Contents)

			assert.Equal(t, "what was backed up", a.get(t, reader, first))
			versions, err := reader.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: a.bucket})
			require.NoError(t, err)
			assert.Len(t, versions.Versions, 2)
			assert.Len(t, versions.DeleteMarkers, 1)
			for role, client := range map[string]*s3.Client{"reader": reader, "expirer": expirer} {
				_, err = client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: a.bucket, Key: a.key, Body: strings.NewReader("x")})
				assert.Equal(t, "AccessDenied", refusal(t, err), role)
			}
			_, err = reader.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: a.bucket, Key: a.key})
			assert.Equal(t, "AccessDenied", refusal(t, err))
			_, err = expirer.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: a.bucket, Key: a.key})
			assert.NoError(t, err)

			// What the lock says, by the account's own key.
			own := c.AWSAccount(t, offsite.Region)
			kept, err := own.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: a.bucket, Key: a.key, VersionId: first})
			require.NoError(t, err)
			assert.Equal(t, types.ObjectLockRetentionModeGovernance, kept.Retention.Mode)
			assert.WithinDuration(t, time.Now().AddDate(0, 0, 30), *kept.Retention.RetainUntilDate, time.Hour)
		})
	}

	t.Run("no key of AWS is readable in the state", func(t *testing.T) {
		state := c.state(t, "production")
		own, err := c.AWSAccount(t, offsite.Region).Options().Credentials.Retrieve(t.Context())
		require.NoError(t, err)
		for _, secret := range []string{hostKey.Secret, out.ReadKeys[1].Secret, out.ExpireKeys[1].Secret, own.SecretAccessKey, own.AccessKeyID} {
			require.NotEmpty(t, secret)
			assert.NotContains(t, state, secret)
		}
	})

	t.Run("destroy, when meant, ends the locks", func(t *testing.T) {
		c.config(t, "production", map[string]any{"odooops:protect": "false"})
		c.Must(t, "bin/odooops", "up", "production")
		c.Must(t, "bin/odooops", "destroy", "production", "--confirm", "production")
		counts := c.records(t)
		assert.Zero(t, counts["aws_buckets"])
		assert.Zero(t, counts["aws_users"])
	})
}

// attack is an object of a bucket that somebody is after.
type attack struct{ bucket, key *string }

func (a *attack) put(t *testing.T, c *s3.Client, text string) (version *string) {
	t.Helper()
	out, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: a.bucket, Key: a.key, Body: strings.NewReader(text)})
	require.NoError(t, err)
	return out.VersionId
}

func (a *attack) get(t *testing.T, c *s3.Client, version *string) string {
	t.Helper()
	out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: a.bucket, Key: a.key, VersionId: version})
	require.NoError(t, err)
	text, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	require.NoError(t, out.Body.Close())
	return string(text)
}

// calls are what would undo a version, or what keeps it.
func (a *attack) calls(version *string) map[string]func(*testing.T, *s3.Client) error {
	return map[string]func(*testing.T, *s3.Client) error{
		"delete a version": func(t *testing.T, c *s3.Client) error {
			_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: a.bucket, Key: a.key, VersionId: version})
			return err
		},
		"delete a version, past governance": func(t *testing.T, c *s3.Client) error {
			_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{
				Bucket: a.bucket, Key: a.key, VersionId: version, BypassGovernanceRetention: aws.Bool(true)})
			return err
		},
		"delete versions, many at once": func(t *testing.T, c *s3.Client) error {
			out, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: a.bucket, BypassGovernanceRetention: aws.Bool(true),
				Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: a.key, VersionId: version}}}})
			if err == nil && len(out.Errors) == 1 {
				err = &smithy.GenericAPIError{Code: *out.Errors[0].Code}
			}
			return err
		},
		"end a lock": func(t *testing.T, c *s3.Client) error {
			_, err := c.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{Bucket: a.bucket, Key: a.key, VersionId: version,
				BypassGovernanceRetention: aws.Bool(true), Retention: &types.ObjectLockRetention{}})
			return err
		},
		"lock no more": func(t *testing.T, c *s3.Client) error {
			_, err := c.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: a.bucket,
				ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled}})
			return err
		},
		"keep no versions": func(t *testing.T, c *s3.Client) error {
			_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: a.bucket,
				VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended}})
			return err
		},
		"let all expire": func(t *testing.T, c *s3.Client) error {
			_, err := c.PutBucketLifecycleConfiguration(t.Context(), &s3.PutBucketLifecycleConfigurationInput{Bucket: a.bucket,
				LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
					Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
					Expiration: &types.LifecycleExpiration{Days: aws.Int32(1)}}}}})
			return err
		},
		"open it by a policy": func(t *testing.T, c *s3.Client) error {
			_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: a.bucket, Policy: aws.String("{}")})
			return err
		},
		"delete the bucket": func(t *testing.T, c *s3.Client) error {
			_, err := c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: a.bucket})
			return err
		},
	}
}

func refusal(t *testing.T, err error) string {
	t.Helper()
	var e smithy.APIError
	if !assert.ErrorAs(t, err, &e) {
		return ""
	}
	return e.ErrorCode()
}

// production is what the stack gives out, secrets too.
func (c cloud) production(t *testing.T) config.OdooOutputs {
	t.Helper()
	r := c.Pulumi(t, "stack", "output", "--json", "--show-secrets", "-s", "production")
	require.Zero(t, r.Code, r.Stderr)
	var all map[string]any
	checkout.Decode(t, r.Stdout, &all)
	out, err := config.DecodeOdoo(all)
	require.NoError(t, err)
	return out
}

// accessKey is a role's key at AWS, as the state has it.
func (c cloud) accessKey(t *testing.T, role string) config.RepositoryKey {
	t.Helper()
	r := c.Pulumi(t, "stack", "export", "--show-secrets", "-s", "production")
	require.Zero(t, r.Code, r.Stderr)
	var state struct {
		Deployment struct {
			Resources []struct {
				URN, ID string
				Outputs struct{ Secret struct{ Plaintext string } }
			}
		}
	}
	// Outputs of others have other shapes: what doesn't fit stays empty.
	if err := json.Unmarshal([]byte(r.Stdout), &state); err != nil {
		var shape *json.UnmarshalTypeError
		require.ErrorAs(t, err, &shape)
	}
	for _, res := range state.Deployment.Resources {
		if strings.Contains(res.URN, "aws:iam/accessKey:AccessKey::") && strings.HasSuffix(res.URN, "-"+role) {
			var secret string
			checkout.Decode(t, res.Outputs.Secret.Plaintext, &secret)
			return config.RepositoryKey{ID: res.ID, Secret: secret}
		}
	}
	require.Fail(t, fmt.Sprintf("no key of %s in the state", role))
	return config.RepositoryKey{}
}
