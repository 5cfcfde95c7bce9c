// Package evidence declares where operations keep what they prove: reports of
// restores, backups, sweeps. It is written once and read by auditors, so it
// has the archive's protections and no key: operations use the operator's.
package evidence

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/bucket"
)

// Args of a Bucket.
type Args struct {
	Domain string
	Region string
	// Protect keeps the bucket from being deleted.
	Protect bool
}

// keepDays is how long a deleted or overwritten report can be brought back.
const keepDays = 365

// NewBucket declares the bucket.
func NewBucket(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*digitalocean.SpacesBucket, error) {
	return bucket.New(ctx, name, bucket.Args{
		Name: BucketName(args.Domain), Region: args.Region, KeepDays: keepDays, Protect: args.Protect,
	}, opts...)
}

// BucketName is unique among everybody's buckets of a region: it holds a bit
// of the domain's hash.
func BucketName(domain string) string { return bucket.Name("evidence", domain) }
