package config

import (
	"encoding/json"
	"fmt"
	"strings"
)

// PreviewHost is the config of the previews' shared host.
type PreviewHost struct {
	Domain string
	Region string
	// VPCName, BastionName and ObservabilityName are the platform's, looked up
	// by these names. The last may lead to nothing.
	VPCName, BastionName, ObservabilityName string
	BastionHostKey                          string // public
	// CoreOperatorKey may log in too. Public.
	CoreOperatorKey string
	// Subdomain is the label that previews are named under.
	Subdomain    string
	Size         string
	VolumeSizeGB int
	Images       Images
	PreviewMB    int
	AllowCIDRs   []string
	AlertEmails  []string
	Protect      bool
	BackendID    string

	// All secret.
	SSHOperatorKey string
	HostKey        string
	TelemetryToken string
	RegistryToken  string // may be empty
}

// Preview is the config of one preview: the committed pattern, and what
// `pr up` says about this one.
type Preview struct {
	Gate
	// Host is the stack of the shared host.
	Host      string
	Images    Images
	TTLHours  int
	Placement string // Shared or Dedicated
	// Size and VolumeSizeGB are a dedicated droplet's.
	Size         string
	VolumeSizeGB int
	Modules      string // comma-separated
	BackendID    string

	Number    int
	Owner     string
	Created   string // RFC 3339
	ExpiresAt string // RFC 3339
	// Data is DataTemplate, with Template its id and TemplateImage the Odoo
	// image it was made with, or DataDemo.
	Data          string
	Template      string
	TemplateImage string
	// Update has the image update its changed modules; Test runs their tests.
	Update, Test bool
	// HostID is the host's droplet.
	HostID string
	// ResetToken seeds the data again when it is another one than last time.
	ResetToken string

	// All secret.
	ZoneKey        string
	RegistryToken  string // may be empty
	SSHOperatorKey string // the zone's; for Dedicated only
}

// ParsePreviewHost is the checked config of the previews' host.
func ParsePreviewHost(values map[string]string) (*PreviewHost, error) {
	v, err := check(values)
	if err != nil {
		return nil, err
	}
	p := &PreviewHost{
		Domain: v["domain"], Region: v["region"], VPCName: v["vpcName"], BastionName: v["bastionName"],
		BastionHostKey: strings.TrimSpace(v["bastionHostKey"]), CoreOperatorKey: strings.TrimSpace(v["coreOperatorKey"]),
		Subdomain: v["subdomain"], Size: v["size"], VolumeSizeGB: number(v["volumeSizeGb"]),
		PreviewMB: number(v["previewMb"]), AllowCIDRs: list(v["allowCidrs"]), Protect: v["protect"] == "true",
		BackendID: v["backendId"], SSHOperatorKey: v["sshOperatorKey"], HostKey: v["hostKey"],
		RegistryToken: v["registryToken"], TelemetryToken: v["telemetryToken"],
		ObservabilityName: v["observabilityName"], AlertEmails: list(v["alertEmails"]),
	}
	return p, json.Unmarshal([]byte(v["images"]), &p.Images)
}

// ParsePreview is the checked config of a preview, complete.
func ParsePreview(values map[string]string) (*Preview, error) {
	v, err := check(values)
	if err != nil {
		return nil, err
	}
	needed := []string{"number", "owner", "created", "expiresAt", "data"}
	if v["placement"] == Shared {
		needed = append(needed, "hostId")
	} else {
		needed = append(needed, "sshOperatorKey")
	}
	if v["data"] == DataTemplate {
		needed = append(needed, "template")
	}
	for _, name := range needed {
		if v[name] == "" {
			return nil, &Error{Key: name, Problem: "missing", Hint: "previews are brought up by `odooops pr up --number N`"}
		}
	}
	if v["placement"] == Dedicated && v["data"] == DataTemplate {
		return nil, &Error{Key: "data", Problem: "templates are on the shared host; a droplet of its own has none", Hint: "use --data demo"}
	}
	p := &Preview{
		Gate: gate(v), Host: v["host"], TTLHours: number(v["ttlHours"]), Placement: v["placement"],
		Size: v["size"], VolumeSizeGB: number(v["volumeSizeGb"]), Modules: v["modules"], BackendID: v["backendId"],
		Number: number(v["number"]), Owner: v["owner"], Created: v["created"], ExpiresAt: v["expiresAt"],
		Data: v["data"], Template: v["template"], TemplateImage: v["templateImage"],
		Update: v["update"] == "true", Test: v["test"] == "true", HostID: v["hostId"], ResetToken: v["resetToken"],
		ZoneKey: v["zoneKey"], RegistryToken: v["registryToken"], SSHOperatorKey: v["sshOperatorKey"],
	}
	return p, json.Unmarshal([]byte(v["images"]), &p.Images)
}

// PreviewStack is the stack of a pull request's preview.
func PreviewStack(number int) string { return fmt.Sprintf("preview-pr-%d", number) }

// PreviewNames are the first labels of a preview's two names: Odoo's and
// MailHog's. One label each: one wildcard certificate covers them all.
func PreviewNames(number int) (site, mail string) {
	return fmt.Sprintf("pr-%d", number), fmt.Sprintf("pr-%d-mail", number)
}
