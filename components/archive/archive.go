// Package archive declares the first backup repository: a Spaces bucket for
// WAL and backups, one for Odoo's files, and keys for these two alone. It
// protects against the loss of a machine; against an attacker on the machine
// it can't, because a Spaces key that writes can also delete.
package archive

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/bucket"
)

// Args of an Archive.
type Args struct {
	Stack  string
	Domain string
	Region string
	// Protect keeps the buckets from being deleted.
	Protect bool
}

// Archive is two buckets and their keys.
type Archive struct {
	pulumi.ResourceState

	Bucket      pulumi.StringOutput // pgBackRest's
	FilesBucket pulumi.StringOutput // of Odoo's files
	// HostKey is on the machine, ReadKey is what a restore is given, ExpireKey
	// what removes old backups. Spaces has no right to write but not to delete.
	HostKey, ReadKey, ExpireKey bucket.Key
}

// keepDays is how long a deleted or overwritten object can be brought back.
const keepDays = 30

// New declares an archive.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Archive, error) {
	a := &Archive{}
	if err := ctx.RegisterComponentResource("odooops:archive:WALArchive", name, a, opts...); err != nil {
		return nil, err
	}
	wal, err := newBucket(ctx, name, BucketName(args.Stack, args.Domain), args, a)
	if err != nil {
		return nil, err
	}
	files, err := newBucket(ctx, name+"-files", FilesBucketName(args.Stack, args.Domain), args, a)
	if err != nil {
		return nil, err
	}
	a.Bucket, a.FilesBucket = wal.Name, files.Name
	for _, k := range []struct {
		suffix, permission string
		key                *bucket.Key
	}{
		{"", "readwrite", &a.HostKey},
		{"-read", "read", &a.ReadKey},
		{"-expire", "readwrite", &a.ExpireKey},
	} {
		if *k.key, err = newKey(ctx, name+k.suffix, k.permission, a); err != nil {
			return nil, err
		}
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"bucket": a.Bucket, "filesBucket": a.FilesBucket})
}

func newBucket(ctx *pulumi.Context, name, bucketName string, args Args, a *Archive) (*digitalocean.SpacesBucket, error) {
	return bucket.New(ctx, name, bucket.Args{
		Name: bucketName, Region: args.Region, KeepDays: keepDays, Protect: args.Protect,
	}, pulumi.Parent(a))
}

func newKey(ctx *pulumi.Context, name, permission string, a *Archive) (bucket.Key, error) {
	var grants digitalocean.SpacesKeyGrantArray
	for _, b := range []pulumi.StringOutput{a.Bucket, a.FilesBucket} {
		grants = append(grants, digitalocean.SpacesKeyGrantArgs{Bucket: b, Permission: pulumi.String(permission)})
	}
	key, err := digitalocean.NewSpacesKey(ctx, name, &digitalocean.SpacesKeyArgs{
		Name: pulumi.String("odooops-" + name), Grants: grants,
	}, pulumi.Parent(a), pulumi.AdditionalSecretOutputs([]string{"secretKey"}))
	if err != nil {
		return bucket.Key{}, err
	}
	return bucket.Key{ID: key.AccessKey, Secret: pulumi.ToSecret(key.SecretKey).(pulumi.StringOutput)}, nil
}

// BucketName is unique among everybody's buckets of a region: it holds a bit
// of the domain's hash.
func BucketName(stack, domain string) string { return bucket.Name(stack+"-wal", domain) }

// FilesBucketName is that of Odoo's files.
func FilesBucketName(stack, domain string) string { return bucket.Name(stack+"-files", domain) }

// Endpoint is the S3 host of a region.
func Endpoint(region string) string { return region + ".digitaloceanspaces.com" }
