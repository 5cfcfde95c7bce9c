package badprograms

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// backupBuckets lets everybody read what staging keeps.
func backupBuckets() Program {
	return staging("backup-buckets", func(ctx *pulumi.Context, late Late) error {
		_, err := digitalocean.NewSpacesBucket(ctx, "wal", &digitalocean.SpacesBucketArgs{
			Name: pulumi.String("odooops-" + ctx.Stack() + "-wal-0a1b2c3d"), Region: pulumi.String("fra1"),
			Acl:        late.Text("public-read"),
			Versioning: digitalocean.SpacesBucketVersioningArgs{Enabled: pulumi.Bool(true)},
		})
		return err
	})
}
