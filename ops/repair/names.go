package repair

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/ops/cloud"
	"github.com/odooops/odooops/ops/workspace"
)

func (c call) listVolumes(ctx context.Context, opt *godo.ListOptions) ([]godo.Volume, *godo.Response, error) {
	return c.Cloud.Storage.ListVolumes(ctx, &godo.ListVolumeParams{ListOptions: opt})
}

func (c call) domain(ctx context.Context) (workspace.Verdict, error) {
	name := c.text("name")
	if name == "" || c.isKnown(name) {
		return nothing, nil
	}
	_, _, err := c.Cloud.Domains.Get(ctx, name)
	if isNotFound(err) {
		return nothing, nil
	}
	if err != nil {
		return nothing, err
	}
	return adopt(name, "zone %s", name), nil
}

// dnsRecord removes it: a second record of the same name would share the load.
func (c call) dnsRecord(ctx context.Context) (workspace.Verdict, error) {
	zone, typ, name := c.text("domain"), c.text("type"), c.text("name")
	if zone == "" {
		return nothing, nil
	}
	all, err := cloud.Every(ctx, func(ctx context.Context, opt *godo.ListOptions) ([]godo.DomainRecord, *godo.Response, error) {
		return c.Cloud.Domains.Records(ctx, zone, opt)
	})
	if isNotFound(err) {
		return nothing, nil
	}
	if err != nil {
		return nothing, err
	}
	verdict := nothing
	for _, r := range all {
		if r.Type != typ || r.Name != name || (c.text("value") != "" && r.Data != c.text("value")) || c.isKnown(itoa(r.ID)) {
			continue
		}
		if _, err := c.Cloud.Domains.DeleteRecord(ctx, zone, r.ID); err != nil && !isNotFound(err) {
			return nothing, err
		}
		verdict = removed("%s %s.%s", typ, name, zone)
	}
	return verdict, nil
}

// bucket removes an empty one; one with objects is somebody's data.
func (c call) bucket(ctx context.Context) (workspace.Verdict, error) {
	name, region := c.text("name"), c.text("region")
	if name == "" {
		return nothing, nil
	}
	api := c.Buckets(region)
	list, err := api.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &name, MaxKeys: ptr(int32(1))})
	var none *types.NoSuchBucket
	if errors.As(err, &none) || isCode(err, "NoSuchBucket", "NotFound") {
		return nothing, nil
	}
	if err != nil {
		return nothing, err
	}
	if len(list.Versions)+len(list.DeleteMarkers) > 0 {
		return adopt(region+","+name, "bucket %s, which has objects", name), nil
	}
	if _, err := api.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &name}); err != nil {
		return nothing, err
	}
	return removed("empty bucket %s", name), nil
}

// spacesKey removes it: its secret was told once, to a process that is gone.
func (c call) spacesKey(ctx context.Context) (workspace.Verdict, error) {
	all, err := cloud.Every(ctx, c.Cloud.SpacesKeys.List)
	if err != nil {
		return nothing, err
	}
	for _, k := range all {
		if k.Name != c.text("name") || c.isKnown(k.AccessKey) {
			continue
		}
		if _, err := c.Cloud.SpacesKeys.Delete(ctx, k.AccessKey); err != nil && !isNotFound(err) {
			return nothing, err
		}
		return removed("key %s", k.AccessKey), nil
	}
	return nothing, nil
}
