package engine

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bucketSteps move the state of both zones into buckets and go on from there.
func bucketSteps(t *testing.T, c cloud, step func(string, func(*testing.T))) {
	t.Helper()
	var before map[string]string
	step("the move into buckets, killed at any moment, completes when run again", func(t *testing.T) {
		before = c.ends(t)
		for _, after := range []time.Duration{100, 250, 400, 550, 700, 900} {
			c.KillAfter(t, after*time.Millisecond, "bin/odooops", "init", "--backend", "s3")
		}
		var r struct{ Backends map[string]string }
		c.JSON(t, &r, "init", "--backend", "s3")
		assert.Contains(t, r.Backends["core"], "s3://odooops-state-core-")
		assert.Contains(t, r.Backends["previews"], "s3://odooops-state-previews-")
		for _, zone := range []string{"core", "previews"} {
			info, err := os.Stat(filepath.Join(c.Dir, ".odooops/state-keys", zone+".json"))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			assert.NotContains(t, c.read(t, "zones.yaml"), c.stateKey(t, zone).Secret)
		}
		assert.Len(t, c.keys(t), 2, "keys of state buckets: none was left by a killed run")
	})

	step("in the buckets everything is as it was", func(t *testing.T) {
		for _, stack := range []string{"platform", "production", "staging", "preview-host"} {
			assert.Contains(t, c.Must(t, "bin/odooops", "up", stack), "no changes", stack)
		}
		c.noChange(t, "production")
		assert.Equal(t, before, c.ends(t), "the ends, which are tags")
		c.Must(t, "bin/odooops", "pr", "up", "--number", "3")
		c.Must(t, "bin/odooops", "pr", "down", "--number", "3")
		again := c.Must(t, "bin/odooops", "init", "--backend", "s3")
		assert.Contains(t, again, "s3://odooops-state-core-")
	})

	step("the buckets are versioned, and each key opens its own only", func(t *testing.T) {
		for _, zone := range []string{"core", "previews"} {
			list, err := c.S3(t).ListBuckets(t.Context(), &s3.ListBucketsInput{Prefix: aws.String("odooops-state-" + zone)})
			require.NoError(t, err)
			name := ""
			for _, b := range list.Buckets {
				if strings.HasPrefix(*b.Name, "odooops-state-"+zone) {
					name = *b.Name
				}
			}
			require.NotEmpty(t, name)
			v, err := c.S3(t).GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: &name})
			require.NoError(t, err)
			assert.Equal(t, types.BucketVersioningStatusEnabled, v.Status)
			for _, key := range []string{"core", "previews"} {
				_, err := c.stateClient(t, key).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &name})
				if key == zone {
					assert.NoError(t, err, "%s with its own key", name)
					continue
				}
				assert.ErrorContains(t, err, "AccessDenied", "%s with the key of %s", name, key)
			}
		}
	})

	step("an update that is killed leaves a lock in the bucket, and the next goes on", func(t *testing.T) {
		c.config(t, "platform", map[string]any{"odooops:adminCidrs": []string{"203.0.113.7/32"}})
		for _, after := range []time.Duration{1200, 2000} {
			c.KillAfter(t, after*time.Millisecond, "bin/odooops", "up", "platform")
		}
		c.Must(t, "bin/odooops", "up", "platform")
		c.noChange(t, "platform")
	})

	step("the state that was left behind is not used again", func(t *testing.T) {
		require.NoError(t, os.Remove(filepath.Join(c.Dir, "zones.yaml")))
		for _, args := range [][]string{{"up", "platform"}, {"status"}, {"local", "env"}} {
			r := c.Run(t, "bin/odooops", args...)
			assert.NotZero(t, r.Code, args)
			assert.Contains(t, r.Stderr, "was moved to s3://", args)
		}
		assert.Contains(t, c.Run(t, "bin/odooops", "init", "--backend", "s3").Stderr, "zones.yaml says so now")
		assert.Contains(t, c.Must(t, "bin/odooops", "up", "platform"), "no changes")
	})
}

// ends are when stacks end, by stack.
func (c cloud) ends(t *testing.T) map[string]string {
	t.Helper()
	var rows []struct{ Stack, ExpiresAt string }
	c.JSON(t, &rows, "status")
	ends := map[string]string{}
	for _, r := range rows {
		ends[r.Stack] = r.ExpiresAt
	}
	require.NotEmpty(t, ends["staging"])
	return ends
}

type stateKey struct{ ID, Secret string }

func (c cloud) stateKey(t *testing.T, zone string) stateKey {
	t.Helper()
	var key stateKey
	require.NoError(t, json.Unmarshal([]byte(c.read(t, ".odooops/state-keys/"+zone+".json")), &key))
	return key
}

// stateClient is a client of Spaces with the key of a zone's state.
func (c cloud) stateClient(t *testing.T, zone string) *s3.Client {
	t.Helper()
	key := c.stateKey(t, zone)
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(c.Env(t, "SPACES_ENDPOINT_URL")), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""),
	})
}

// keys are the account's keys of state buckets.
func (c cloud) keys(t *testing.T) []string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.Env(t, "DIGITALOCEAN_API_URL")+"/v2/spaces/keys", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+c.Env(t, "DIGITALOCEAN_TOKEN"))
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Keys []struct{ Name string }
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
	var names []string
	for _, k := range answer.Keys {
		if strings.HasPrefix(k.Name, "odooops-state-") {
			names = append(names, k.Name)
		}
	}
	return names
}
