package offsite

import (
	"encoding/json"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/bucket"
)

// Role is what a user is for.
type Role string

// The roles.
const (
	Host    Role = "host"
	Reader  Role = "reader"
	Expirer Role = "expirer"
)

// statement of an IAM policy.
type statement struct {
	Effect   string
	Action   []string
	Resource []string
}

// newUser declares a user that may do with both buckets what its role says,
// and nothing else anywhere.
func newUser(ctx *pulumi.Context, name string, role Role, args Args, opts []pulumi.ResourceOption) (bucket.Key, error) {
	full := name + "-" + string(role)
	user, err := iam.NewUser(ctx, full, &iam.UserArgs{
		Name: pulumi.String("odooops-" + full), Path: pulumi.String("/odooops/"),
		// Keys made by hand, during a rotation, go with it.
		ForceDestroy: pulumi.Bool(!args.Protect),
	}, opts...)
	if err != nil {
		return bucket.Key{}, err
	}
	policy, err := Policy(role, BucketName(args.Stack, args.Domain), FilesBucketName(args.Stack, args.Domain))
	if err != nil {
		return bucket.Key{}, err
	}
	granted, err := iam.NewUserPolicy(ctx, full, &iam.UserPolicyArgs{
		User: user.Name, Name: pulumi.String(string(role)), Policy: pulumi.String(policy),
	}, opts...)
	if err != nil {
		return bucket.Key{}, err
	}
	// After the policy: a key in use can do what it is for.
	key, err := iam.NewAccessKey(ctx, full, &iam.AccessKeyArgs{User: user.Name},
		append(opts[:len(opts):len(opts)], pulumi.DependsOn([]pulumi.Resource{granted}))...)
	if err != nil {
		return bucket.Key{}, err
	}
	return bucket.Key{ID: key.ID().ToStringOutput(), Secret: pulumi.ToSecret(key.Secret).(pulumi.StringOutput)}, nil
}

// Policy is what a role may do with the two buckets, JSON. No role may remove
// or unlock a version, or change a bucket's settings: that needs the operator's
// own credentials, which are on no machine.
func Policy(role Role, bucket, filesBucket string) (string, error) {
	onBuckets, onObjects := []string{"s3:ListBucket"}, []string{"s3:GetObject"}
	switch role {
	case Host:
		onObjects = append(onObjects, "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
	case Reader:
		// also what an attacker deleted or overwrote
		onBuckets, onObjects = append(onBuckets, "s3:ListBucketVersions"), append(onObjects, "s3:GetObjectVersion")
	case Expirer:
		onBuckets, onObjects = append(onBuckets, "s3:ListBucketVersions"), append(onObjects, "s3:GetObjectVersion", "s3:DeleteObject")
	}
	arn := func(suffix string) []string {
		return []string{"arn:aws:s3:::" + bucket + suffix, "arn:aws:s3:::" + filesBucket + suffix}
	}
	statements := []statement{{"Allow", onBuckets, arn("")}, {"Allow", onObjects, arn("/*")}}
	if role == Expirer { // pgBackRest takes what it expires off its list first
		statements = append(statements, statement{"Allow", []string{"s3:PutObject"}, []string{
			"arn:aws:s3:::" + bucket + "/*/backup.info", "arn:aws:s3:::" + bucket + "/*/backup.info.copy",
		}})
	}
	text, err := json.Marshal(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", statements})
	return string(text), err
}
