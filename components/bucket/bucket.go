// Package bucket declares a Spaces bucket that keeps what is put into it:
// private, versioned, and emptied only with a stack whose protection was
// lifted first. Who gets a key to it is for whoever declares it to say.
package bucket

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// uploadDays is how long an unfinished upload stays.
const uploadDays = 7

// Args of a bucket.
type Args struct {
	Name   string // at Spaces
	Region string
	// KeepDays is how long a deleted or overwritten object can be brought back.
	KeepDays int
	// Protect keeps the bucket from being deleted.
	Protect bool
}

// Key opens buckets, of Spaces or of S3.
type Key struct {
	ID     pulumi.StringOutput
	Secret pulumi.StringOutput // secret
}

// New declares a bucket.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*digitalocean.SpacesBucket, error) {
	return digitalocean.NewSpacesBucket(ctx, name, &digitalocean.SpacesBucketArgs{
		Name:   pulumi.String(args.Name),
		Region: pulumi.String(args.Region),
		Acl:    pulumi.String("private"),
		// Emptied only with a stack whose protection was lifted first.
		ForceDestroy: pulumi.Bool(!args.Protect),
		Versioning:   digitalocean.SpacesBucketVersioningArgs{Enabled: pulumi.Bool(true)},
		// Nothing that is current ever expires by itself.
		LifecycleRules: digitalocean.SpacesBucketLifecycleRuleArray{digitalocean.SpacesBucketLifecycleRuleArgs{
			Id:                                 pulumi.String("old-versions"),
			Enabled:                            pulumi.Bool(true),
			AbortIncompleteMultipartUploadDays: pulumi.Int(uploadDays),
			NoncurrentVersionExpiration: digitalocean.SpacesBucketLifecycleRuleNoncurrentVersionExpirationArgs{
				Days: pulumi.Int(args.KeepDays),
			},
		}},
	}, append(opts[:len(opts):len(opts)], pulumi.Protect(args.Protect))...)
}

// Name is a name that is unique among everybody's buckets, of Spaces as of S3:
// it ends in a bit of the domain's hash.
func Name(purpose, domain string) string {
	sum := sha256.Sum256([]byte(domain))
	return "odooops-" + purpose + "-" + hex.EncodeToString(sum[:4])
}
