// Package walarchive declares where a database's WAL and backups go: a Spaces
// bucket for that alone, and a key for that bucket alone. It protects against
// the loss of a machine; against an attacker on the machine it can't, because
// a Spaces key that writes can also delete.
package walarchive

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of an Archive.
type Args struct {
	Stack  string
	Domain string
	Region string
	// Protect keeps the bucket from being deleted.
	Protect bool
}

// Archive is a bucket and its key.
type Archive struct {
	pulumi.ResourceState

	Bucket    pulumi.StringOutput
	AccessKey pulumi.StringOutput
	SecretKey pulumi.StringOutput // secret
}

// keepDays is how long a deleted or overwritten object can be brought back.
const keepDays = 30

// New declares an archive.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Archive, error) {
	a := &Archive{}
	if err := ctx.RegisterComponentResource("odooops:archive:WALArchive", name, a, opts...); err != nil {
		return nil, err
	}
	bucket, err := digitalocean.NewSpacesBucket(ctx, name, &digitalocean.SpacesBucketArgs{
		Name:   pulumi.String(BucketName(args.Stack, args.Domain)),
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
	}, pulumi.Parent(a), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, err
	}
	key, err := digitalocean.NewSpacesKey(ctx, name, &digitalocean.SpacesKeyArgs{
		Name: pulumi.String("odooops-" + name),
		Grants: digitalocean.SpacesKeyGrantArray{digitalocean.SpacesKeyGrantArgs{
			Bucket: bucket.Name, Permission: pulumi.String("readwrite"),
		}},
	}, pulumi.Parent(a), pulumi.AdditionalSecretOutputs([]string{"secretKey"}))
	if err != nil {
		return nil, err
	}
	a.Bucket, a.AccessKey = bucket.Name, key.AccessKey
	a.SecretKey = pulumi.ToSecret(key.SecretKey).(pulumi.StringOutput)
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"bucket": a.Bucket})
}

// BucketName is unique among everybody's buckets of a region: it holds a bit
// of the domain's hash.
func BucketName(stack, domain string) string {
	sum := sha256.Sum256([]byte(domain))
	return "odooops-" + stack + "-wal-" + hex.EncodeToString(sum[:4])
}

// Endpoint is the S3 host of a region.
func Endpoint(region string) string { return region + ".digitaloceanspaces.com" }
