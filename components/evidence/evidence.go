// Package evidence declares where operations keep what they prove: reports of
// restores, backups, sweeps. It is written once and read by auditors, so it
// has the archive's protections and no key: operations use the operator's.
package evidence

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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
	return digitalocean.NewSpacesBucket(ctx, name, &digitalocean.SpacesBucketArgs{
		Name:   pulumi.String(BucketName(args.Domain)),
		Region: pulumi.String(args.Region),
		Acl:    pulumi.String("private"),
		// Emptied only with a stack whose protection was lifted first.
		ForceDestroy: pulumi.Bool(!args.Protect),
		Versioning:   digitalocean.SpacesBucketVersioningArgs{Enabled: pulumi.Bool(true)},
		// Nothing that is current ever expires by itself.
		LifecycleRules: digitalocean.SpacesBucketLifecycleRuleArray{digitalocean.SpacesBucketLifecycleRuleArgs{
			Id:                                 pulumi.String("old-versions"),
			Enabled:                            pulumi.Bool(true),
			AbortIncompleteMultipartUploadDays: pulumi.Int(7),
			NoncurrentVersionExpiration: digitalocean.SpacesBucketLifecycleRuleNoncurrentVersionExpirationArgs{
				Days: pulumi.Int(keepDays),
			},
		}},
	}, append(opts, pulumi.Protect(args.Protect))...)
}

// BucketName is unique among everybody's buckets of a region: it holds a bit
// of the domain's hash.
func BucketName(domain string) string {
	sum := sha256.Sum256([]byte(domain))
	return "odooops-evidence-" + hex.EncodeToString(sum[:4])
}
