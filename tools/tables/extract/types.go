package main

type selection struct{ resources, functions []string }

// wanted lists what the offline plugins implement, no more.
var wanted = map[string]selection{
	"aws": {
		resources: []string{
			"AccessKey", "BucketLifecycleConfigurationV2", "BucketObjectLockConfigurationV2", "BucketPublicAccessBlock",
			"BucketServerSideEncryptionConfigurationV2", "BucketV2", "BucketVersioningV2", "User", "UserPolicy",
		},
	},
	"digitalocean": {
		resources: []string{
			"DnsRecord", "Domain", "Droplet", "Firewall", "MonitorAlert", "Project", "ProjectResources",
			"ReservedIp", "ReservedIpAssignment", "SpacesBucket", "SpacesBucketCorsConfiguration",
			"SpacesBucketPolicy", "SpacesKey", "SshKey", "Tag", "UptimeAlert", "UptimeCheck",
			"Volume", "VolumeAttachment", "Vpc",
		},
		functions: []string{
			"getAccount", "getDomain", "getDroplet", "getDroplets", "getImage", "getRegion", "getRegions",
			"getSizes", "getSshKey", "getSshKeys", "getVpc",
		},
	},
	"docker": {
		resources: []string{"Container", "Network", "RemoteImage", "Volume"},
	},
	"github": {
		resources: []string{
			"ActionsEnvironmentSecret", "ActionsEnvironmentVariable", "BranchProtection", "IssueLabel",
			"Repository", "RepositoryDependabotSecurityUpdates", "RepositoryEnvironment",
			"RepositoryEnvironmentDeploymentPolicy", "RepositoryVulnerabilityAlerts",
		},
		functions: []string{"getUser"},
	},
}
