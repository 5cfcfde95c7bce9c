package policies

// Types of the cloud that several policies look at. AWS has two names for one
// thing where its provider is between two versions.
const (
	bucket        = "digitalocean:index/spacesBucket:SpacesBucket"
	bucketPolicy  = "digitalocean:index/spacesBucketPolicy:SpacesBucketPolicy"
	database      = "digitalocean:index/databaseCluster:DatabaseCluster"
	dnsRecord     = "digitalocean:index/dnsRecord:DnsRecord"
	dockerNetwork = "docker:index/network:Network"
	dockerVolume  = "docker:index/volume:Volume"
	droplet       = "digitalocean:index/droplet:Droplet"
	root          = "pulumi:pulumi:Stack"
	reservedIP    = "digitalocean:index/reservedIp:ReservedIp"
	spacesObject  = "digitalocean:index/spacesBucketObject:SpacesBucketObject"
	volume        = "digitalocean:index/volume:Volume"
	vpc           = "digitalocean:index/vpc:Vpc"
)

var (
	s3Buckets    = []string{"aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"}
	s3Versioning = []string{"aws:s3/bucketVersioningV2:BucketVersioningV2", "aws:s3/bucketVersioning:BucketVersioning"}
	s3Lifecycle  = []string{
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
		"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
	}
	s3Access = []string{"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"}
	s3Policy = []string{"aws:s3/bucketPolicy:BucketPolicy"}
	s3ACL    = []string{"aws:s3/bucketAclV2:BucketAclV2", "aws:s3/bucketAcl:BucketAcl"}
)
