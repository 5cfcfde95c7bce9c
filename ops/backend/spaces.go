package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/stacks/config"
)

// Spaces makes a zone's state bucket and its key, outside every stack: a stack
// can't hold the place that remembers it.
type Spaces struct {
	API   *s3.Client   // with the account's key: a bucket's own can't make it
	Cloud *godo.Client // makes the bucket's key
}

// BucketName is the state bucket of the backend with this id: known before it
// is made, so that a killed run finds it again.
func BucketName(zone config.Zone, id string) string {
	return "odooops-state-" + string(zone) + "-" + id[strings.LastIndex(id, "-")+1:]
}

// BucketURL is how the engine is told about it.
func BucketURL(name, endpoint string) string {
	q := url.Values{"endpoint": {endpoint}, "region": {"us-east-1"}, "s3ForcePathStyle": {"true"}}
	return "s3://" + name + "?" + q.Encode()
}

// keepOld is how long versions of the state that were replaced are kept, days.
const keepOld = 90

// Bucket makes the bucket where it isn't there, and sets it right: versioned,
// so that no write loses what was before it.
func (s Spaces) Bucket(ctx context.Context, name string) error {
	what := "make the state bucket " + name
	_, err := s.API.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	if status(err) == http.StatusNotFound {
		_, err = s.API.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name})
	}
	if err != nil {
		return fault.New(what, "the account's Spaces key has to have full access (SPACES_ACCESS_KEY_ID)", err)
	}
	_, err = s.API.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		return fault.New(what, "", fmt.Errorf("keep old versions: %w", err))
	}
	_, err = s.API.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &name,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("old-versions"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
			NoncurrentVersionExpiration:    &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(keepOld)},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)},
		}}},
	})
	if err != nil {
		return fault.New(what, "", fmt.Errorf("let old versions go after %d days: %w", keepOld, err))
	}
	return nil
}

// Key makes the bucket's key, unless this checkout has one. Its secret is told
// once; a run that was killed before it was written left a key that nobody can
// use. With fresh, and no whole copy in the bucket, no other checkout can have
// one yet, so that one goes.
func (s Spaces) Key(ctx context.Context, name, file string, fresh bool) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	what := "make the key of bucket " + name
	if fresh {
		whole, err := s.whole(ctx, name)
		if err == nil && !whole {
			err = s.forgetKeys(ctx, name)
		}
		if err != nil {
			return fault.New(what, "", err)
		}
	}
	k, _, err := s.Cloud.SpacesKeys.Create(ctx, &godo.SpacesKeyCreateRequest{
		Name: name, Grants: []*godo.Grant{{Bucket: name, Permission: godo.SpacesKeyReadWrite}},
	})
	if err != nil {
		return fault.New(what, "", err)
	}
	text, err := json.Marshal(project.StateKey{ID: k.AccessKey, Secret: k.SecretKey})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fault.New(what, "", err)
	}
	if err := os.WriteFile(file+".partial", append(text, '\n'), 0o600); err != nil {
		return fault.New(what, "", err)
	}
	return os.Rename(file+".partial", file)
}

// whole says whether there is a mark in the bucket: somebody moved there.
func (s Spaces) whole(ctx context.Context, name string) (bool, error) {
	_, err := (&bucket{api: s.API, name: name}).read(ctx, markerName)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (s Spaces) forgetKeys(ctx context.Context, name string) error {
	keys, _, err := s.Cloud.SpacesKeys.List(ctx, &godo.ListOptions{PerPage: 200})
	if err != nil {
		return fmt.Errorf("list the account's keys: %w", err)
	}
	for _, k := range keys {
		if k.Name != name {
			continue
		}
		if _, err := s.Cloud.SpacesKeys.Delete(ctx, k.AccessKey); err != nil {
			return fmt.Errorf("remove the key %s that a killed run left: %w", k.AccessKey, err)
		}
	}
	return nil
}

func status(err error) int {
	var e *awshttp.ResponseError
	if errors.As(err, &e) {
		return e.HTTPStatusCode()
	}
	return 0
}
