package config

import "encoding/json"

// Platform is the config of the stack that everything else stands on.
type Platform struct {
	Domain     string
	Region     string
	VPCCIDR    string
	AdminCIDRs []string
	Protect    bool
	BackendID  string

	// Observability says that there is a host that watches the others.
	Observability             bool
	ObservabilitySize         string
	ObservabilityVolumeSizeGB int
	Images                    Images
	LogRetentionDays          int
	MetricsRetentionDays      int
	GrafanaUser               string
	ACMEEmail                 string
	// PreviewsTelemetryHash is that of the previews' token, {SHA}…; may be empty.
	PreviewsTelemetryHash string
	// AlertEmails are DigitalOcean's to write to.
	AlertEmails []string

	// PreviewsOperatorKey is the public key of the previews' zone; may be empty.
	PreviewsOperatorKey string

	// GitHubRepository is owner/name; empty declares nothing of GitHub.
	GitHubRepository string
	GitHubReviewers  []string
	// GitHubSecretScanning keeps secret scanning on.
	GitHubSecretScanning bool
	// GitHubSecrets is JSON {environment: {NAME: value}}; may be empty. Secret.
	GitHubSecrets string

	// All secret.
	SSHOperatorKey       string
	BastionHostKey       string
	ObservabilityHostKey string
	TelemetryToken       string
	GrafanaPassword      string
	AlertWebhook         string // may be empty: then nobody is told
	DeadMansSwitchURL    string // may be empty
	RegistryToken        string // may be empty
}

// ParsePlatform is the checked config of a platform.
func ParsePlatform(values map[string]string) (*Platform, error) {
	v, err := check(values)
	if err != nil {
		return nil, err
	}
	p := &Platform{
		Domain: v["domain"], Region: v["region"], VPCCIDR: v["vpcCidr"],
		AdminCIDRs: list(v["adminCidrs"]), Protect: v["protect"] == "true", BackendID: v["backendId"],
		Observability: v["observability"] == "true", ObservabilitySize: v["observabilitySize"],
		ObservabilityVolumeSizeGB: number(v["observabilityVolumeSizeGb"]),
		PreviewsOperatorKey:       v["previewsOperatorKey"],
		GitHubRepository:          v["githubRepository"], GitHubReviewers: list(v["githubReviewers"]),
		GitHubSecretScanning: v["githubSecretScanning"] == "true",
		SSHOperatorKey:       v["sshOperatorKey"], BastionHostKey: v["bastionHostKey"],
		ObservabilityHostKey: v["observabilityHostKey"], GitHubSecrets: v["githubSecrets"],
		LogRetentionDays: number(v["logRetentionDays"]), MetricsRetentionDays: number(v["metricsRetentionDays"]),
		GrafanaUser: v["grafanaUser"], ACMEEmail: v["acmeEmail"], GrafanaPassword: v["grafanaPassword"],
		PreviewsTelemetryHash: v["previewsTelemetryHash"], TelemetryToken: v["telemetryToken"],
		AlertEmails: list(v["alertEmails"]), AlertWebhook: v["alertWebhook"], DeadMansSwitchURL: v["deadMansSwitchUrl"],
		RegistryToken: v["registryToken"],
	}
	if v["images"] == "" {
		return p, nil
	}
	return p, json.Unmarshal([]byte(v["images"]), &p.Images)
}
