// Package offsite declares the second backup repository: buckets in AWS S3, in
// another region and under another account than everything else, that keep
// every version for a time. It is what is left after an attack: whoever holds
// the host, and the host's key, can write there, and can make nothing that was
// written unreadable before its lock ends.
package offsite

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/bucket"
)

// Args of a Repository.
type Args struct {
	Stack  string
	Domain string
	// Region is AWS's, such as eu-west-1: not where production is.
	Region string
	// LockDays is how long no version can be deleted, from when it was written.
	LockDays int
	// Profile of the operator's shared credentials file: what administers the
	// buckets and users. Empty takes what the environment has.
	Profile string
	// Protect keeps the buckets from being deleted.
	Protect bool
}

// Repository is two buckets and who may do what with them.
type Repository struct {
	pulumi.ResourceState

	Bucket      pulumi.StringOutput // pgBackRest's
	FilesBucket pulumi.StringOutput // of Odoo's files
	// HostKey reads and writes. What it deletes or overwrites stays as an
	// older version.
	HostKey bucket.Key
	// ReadKey only reads, older versions too.
	ReadKey bucket.Key
	// ExpireKey reads and deletes, and writes what says which backups there
	// are; like the host's it can remove no version.
	ExpireKey bucket.Key
}

// New declares a repository.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Repository, error) {
	r := &Repository{}
	if err := ctx.RegisterComponentResource("odooops:backup:Offsite", name, r, opts...); err != nil {
		return nil, err
	}
	provider, err := newProvider(ctx, name, args, r)
	if err != nil {
		return nil, err
	}
	in := []pulumi.ResourceOption{pulumi.Parent(r), pulumi.Provider(provider)}
	kept := append(in[:len(in):len(in)], pulumi.Protect(args.Protect))
	repository, err := newBucket(ctx, name, BucketName(args.Stack, args.Domain), args, kept)
	if err != nil {
		return nil, err
	}
	files, err := newBucket(ctx, name+"-files", FilesBucketName(args.Stack, args.Domain), args, kept)
	if err != nil {
		return nil, err
	}
	r.Bucket, r.FilesBucket = repository.Bucket, files.Bucket
	for role, key := range map[Role]*bucket.Key{Host: &r.HostKey, Reader: &r.ReadKey, Expirer: &r.ExpireKey} {
		if *key, err = newUser(ctx, name, role, args, in); err != nil {
			return nil, err
		}
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"bucket": r.Bucket, "filesBucket": r.FilesBucket})
}

// newProvider keeps no credentials: with them in its inputs they would be in
// the state, where whoever reads backups' addresses would find them.
func newProvider(ctx *pulumi.Context, name string, args Args, parent pulumi.Resource) (*aws.Provider, error) {
	in := &aws.ProviderArgs{
		Region: pulumi.String(args.Region),
		// A bucket's own host name is none on the local cloud's loopback address.
		S3UsePathStyle:       pulumi.Bool(true),
		SkipMetadataApiCheck: pulumi.Bool(true), // this computer is no machine of AWS
	}
	if args.Profile != "" {
		in.Profile = pulumi.String(args.Profile)
	}
	return aws.NewProvider(ctx, name, in, pulumi.Parent(parent))
}

// BucketName is unique among everybody's buckets: it holds a bit of the
// domain's hash.
func BucketName(stack, domain string) string { return bucket.Name(stack+"-offsite", domain) }

// FilesBucketName is that of Odoo's files.
func FilesBucketName(stack, domain string) string { return bucket.Name(stack+"-offsite-files", domain) }

// Endpoint is the S3 host of a region.
func Endpoint(region string) string { return "s3." + region + ".amazonaws.com" }
