package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/archive"
	"github.com/odooops/odooops/components/bucket"
	"github.com/odooops/odooops/components/offsite"
	"github.com/odooops/odooops/components/postgres"
	"github.com/odooops/odooops/stacks/config"
)

// repositoryPath is pgBackRest's directory in its buckets.
const repositoryPath = "/pgbackrest"

// repositories are where production's backups go, in the order of their
// numbers: the first is near, the second out of an attacker's reach.
type repositories []backupRepository

type backupRepository struct {
	number             int
	endpoint, region   string
	bucket, files      pulumi.StringOutput
	host, read, expire bucket.Key
}

func newRepositories(ctx *pulumi.Context, stack string, base config.PlatformOutputs, c *config.Production) (repositories, error) {
	near, err := archive.New(ctx, stack+"-wal", archive.Args{
		Stack: stack, Domain: base.Domain, Region: base.Region, Protect: c.Protect,
	})
	if err != nil {
		return nil, err
	}
	far, err := offsite.New(ctx, stack+"-offsite", offsite.Args{
		Stack: stack, Domain: base.Domain, Region: c.Offsite.Region,
		LockDays: c.Offsite.LockDays, Profile: c.Offsite.Profile, Protect: c.Protect,
	})
	if err != nil {
		return nil, err
	}
	return repositories{
		{
			1, archive.Endpoint(base.Region), base.Region, near.Bucket, near.FilesBucket,
			near.HostKey, near.ReadKey, near.ExpireKey,
		},
		{
			2, offsite.Endpoint(c.Offsite.Region), c.Offsite.Region, far.Bucket, far.FilesBucket,
			far.HostKey, far.ReadKey, far.ExpireKey,
		},
	}, nil
}

// hosts are the repositories as the machine opens them.
func (rs repositories) hosts() []postgres.Repository {
	hosts := make([]postgres.Repository, len(rs))
	for i, r := range rs {
		hosts[i] = postgres.Repository{
			Number: r.number, Endpoint: r.endpoint, Region: r.region, Path: repositoryPath,
			Bucket: r.bucket, FilesBucket: r.files, KeyID: r.host.ID, Secret: r.host.Secret,
		}
	}
	return hosts
}

// addresses are the repositories as config.Repository.
func (rs repositories) addresses() pulumi.Array {
	var list pulumi.Array
	for _, r := range rs {
		list = append(list, pulumi.Map{
			"number": pulumi.Int(r.number), "endpoint": pulumi.String(r.endpoint), "region": pulumi.String(r.region),
			"bucket": r.bucket, "path": pulumi.String(repositoryPath), "filesBucket": r.files,
		})
	}
	return list
}

// keys are those of one purpose, as config.RepositoryKey: one secret.
func (rs repositories) keys(of func(backupRepository) bucket.Key) pulumi.Output {
	var list pulumi.Array
	for _, r := range rs {
		k := of(r)
		list = append(list, pulumi.Map{"id": k.ID, "secret": k.Secret})
	}
	return pulumi.ToSecret(list)
}
