package price

// Date is that of the newest copy of the source that the table was compared
// with, and Source where the figures come from. US dollars a month, without
// tax. An account may have other prices: GET /v2/sizes says the droplets' own.
const (
	Date   = "2026-03-27"
	Source = "docs.digitalocean.com/products/{droplets,backups,volumes,snapshots,spaces,reserved-ips,uptime}/details/pricing, aws.amazon.com/s3/pricing"
)

// droplets are the monthly caps of the sizes, by slug; GET /v2/sizes has the
// same as price_monthly.
func droplets() map[string]float64 {
	return map[string]float64{
		"s-1vcpu-512mb-10gb": 4,
		"s-1vcpu-1gb":        6,
		"s-1vcpu-2gb":        12,
		"s-2vcpu-2gb":        18,
		"s-2vcpu-4gb":        24,
		"s-4vcpu-8gb":        48,
		"s-8vcpu-16gb":       96,
		"c-2":                42,
		"c-4":                84,
		"c-8":                168,
		"g-2vcpu-8gb":        63,
		"g-4vcpu-16gb":       126,
		"g-8vcpu-32gb":       252,
		"m-2vcpu-16gb":       84,
		"m-4vcpu-32gb":       168,
		"m-8vcpu-64gb":       336,
	}
}

const (
	// Backups are a share of the droplet's price.
	weeklyBackups = 0.20
	dailyBackups  = 0.30

	volumeGiB = 0.10
	// An address costs only while no droplet has it.
	unassignedIP = 5.00
	uptimeCheck  = 1.00
	// Spaces is a subscription of the account, whatever the number of buckets.
	spaces = 5.00
)

const (
	spacesUse   = "stored over 250 GiB an account: 0.02 $/GiB; sent over 1 TiB: 0.01 $/GiB"
	s3Use       = "stored: 0.023 to 0.025 $/GB by region, old versions included; requests and what is read besides"
	snapshotUse = "0.06 $/GiB of what the snapshot holds"
)

// free are the types that cost nothing by themselves, or are paid with
// another one.
func free() map[string]bool {
	types := map[string]bool{}
	for _, t := range []string{
		"digitalocean:index/dnsRecord:DnsRecord",
		"digitalocean:index/domain:Domain",
		"digitalocean:index/firewall:Firewall",
		"digitalocean:index/monitorAlert:MonitorAlert",
		"digitalocean:index/project:Project",
		"digitalocean:index/projectResources:ProjectResources",
		"digitalocean:index/reservedIpAssignment:ReservedIpAssignment",
		"digitalocean:index/spacesBucketCorsConfiguration:SpacesBucketCorsConfiguration",
		"digitalocean:index/spacesBucketPolicy:SpacesBucketPolicy",
		"digitalocean:index/spacesKey:SpacesKey",
		"digitalocean:index/sshKey:SshKey",
		"digitalocean:index/tag:Tag",
		"digitalocean:index/uptimeAlert:UptimeAlert",
		"digitalocean:index/volumeAttachment:VolumeAttachment",
		"digitalocean:index/vpc:Vpc",
		"aws:iam/accessKey:AccessKey",
		"aws:iam/policy:Policy",
		"aws:iam/user:User",
		"aws:iam/userPolicy:UserPolicy",
		"aws:iam/userPolicyAttachment:UserPolicyAttachment",
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
		"aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2",
		"aws:s3/bucketPolicy:BucketPolicy",
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
		"aws:s3/bucketVersioningV2:BucketVersioningV2",
	} {
		types[t] = true
	}
	return types
}

// freePackages run on what is paid elsewhere: containers on a droplet,
// settings of a repository, what is in the engine's state alone.
var freePackages = []string{"docker:", "github:", "pulumi:", "odooops:", "random:", "tls:", "command:"}
