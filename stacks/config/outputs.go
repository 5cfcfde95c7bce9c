package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/odooops/odooops/components/sshaccess"
)

// PlatformOutputs is what a platform stack gives out.
type PlatformOutputs struct {
	Kind              string  `json:"kind"`
	Region            string  `json:"region"`
	Domain            string  `json:"domain"`
	VPCID             string  `json:"vpcId"`
	VPCCIDR           string  `json:"vpcCidr"`
	SSHKeyFingerprint string  `json:"sshKeyFingerprint"`
	Bastion           Bastion `json:"bastion"`
	// EvidenceBucket keeps what operations prove.
	EvidenceBucket string `json:"evidenceBucket"`
	// Observability is the host that watches the others; nil without one.
	Observability *Machine `json:"observability,omitempty"`
	// Telemetry is where it takes logs and metrics; nil without one.
	Telemetry *Telemetry `json:"telemetry,omitempty"`
	// TelemetryToken goes with it. Secret.
	TelemetryToken string `json:"telemetryToken,omitempty"`
	// AlertEmails are DigitalOcean's own checks' to write to.
	AlertEmails []string `json:"alertEmails,omitempty"`
}

// Telemetry is where agents write to, from within the VPC.
type Telemetry struct {
	URL  string `json:"url"`
	User string `json:"user"`
}

// Machine is a host with a data volume.
type Machine struct {
	HostID     string `json:"hostId"`
	HostName   string `json:"hostName"`
	Size       string `json:"size"`
	PublicIP   string `json:"publicIp"`  // the reserved IP
	DropletIP  string `json:"dropletIp"` // the droplet's own public address
	PrivateIP  string `json:"privateIp"`
	HostKey    string `json:"hostKey"` // public
	VolumeID   string `json:"volumeId"`
	VolumeName string `json:"volumeName"`
	// URL is Grafana's; empty without one.
	URL string `json:"url,omitempty"`
	// Containers are their names by role: loki, prometheus, alertmanager, edge,
	// grafana.
	Containers map[string]string `json:"containers,omitempty"`
}

// Access is how to log in on the host with core's operator key.
func (m Machine) Access(bastion Bastion, operatorKey string) sshaccess.Access {
	return bastion.Through(operatorKey, m.PrivateIP, m.HostKey)
}

// Bastion is the way in.
type Bastion struct {
	HostID    string `json:"hostId"`
	PublicIP  string `json:"publicIp"`
	PrivateIP string `json:"privateIp"`
	// HostKey is its public key, authorized_keys format.
	HostKey string `json:"hostKey"`
	// Tag is on the bastion alone; firewalls let it in by this.
	Tag string `json:"tag"`
}

// OdooOutputs is what a stack with an Odoo gives out: production, staging, a
// preview. What a kind doesn't have is empty: a preview on the shared host has
// no volume of its own, only production has an archive.
type OdooOutputs struct {
	Kind string `json:"kind"`
	// Platform is the stack that this one stands on; a preview's is its host's
	// stack, or empty when it has a droplet of its own.
	Platform string `json:"platform"`
	URL      string `json:"url"`
	// MailURL is MailHog's; empty where mail really leaves.
	MailURL string `json:"mailUrl,omitempty"`
	// EdgeLogin is the user that the edge asks for; empty where it asks nobody.
	EdgeLogin string `json:"edgeLogin,omitempty"`
	// ExpiresAt is when the sweep may take the stack, RFC 3339; empty is never.
	ExpiresAt string `json:"expiresAt,omitempty"`
	// Data says what the database was made from: "new", "demo", or "template ID".
	Data string `json:"data"`
	// Template is the id of the template under a preview's data; empty without one.
	Template string `json:"template,omitempty"`
	// What `pr up` said of a preview, for the next one.
	Number        int    `json:"number,omitempty"`
	Owner         string `json:"owner,omitempty"`
	Created       string `json:"created,omitempty"`
	Placement     string `json:"placement,omitempty"`
	TemplateImage string `json:"templateImage,omitempty"`
	ResetToken    string `json:"resetToken,omitempty"`
	// Updates says that the preview's modules have been updated by its image.
	Updates bool `json:"updates,omitempty"`
	// Hostname is fully qualified.
	Hostname   string `json:"hostname"`
	Domain     string `json:"domain"`
	Region     string `json:"region"`
	HostID     string `json:"hostId"`
	HostName   string `json:"hostName"`
	Size       string `json:"size"`
	PublicIP   string `json:"publicIp"`  // the reserved IP, where the name points to
	DropletIP  string `json:"dropletIp"` // the droplet's own public address
	PrivateIP  string `json:"privateIp"`
	HostKey    string `json:"hostKey"` // public
	VolumeID   string `json:"volumeId"`
	VolumeName string `json:"volumeName"`
	// DataDir is where the stack's generations are on the host.
	DataDir string  `json:"dataDir"`
	Bastion Bastion `json:"bastion"`
	// Containers are their names by role: odoo, postgres, backup, edge, mail,
	// egress.
	Containers map[string]string `json:"containers"`
	// Jobs are the one-shot containers by role: odoo-init, odoo-update, seed.
	Jobs       map[string]string `json:"jobs"`
	Images     Images            `json:"images"`
	Database   string            `json:"database"`
	AdminLogin string            `json:"adminLogin"`
	// Stanza is pgBackRest's name for the database, in every repository.
	Stanza string `json:"stanza"`
	// Repositories are where backups are, in the order of their numbers; only
	// production has them.
	Repositories []Repository `json:"repositories,omitempty"`
	// ReadKeys and ExpireKeys are of the Repositories, in their order. Secret.
	ReadKeys   []RepositoryKey `json:"readKeys,omitempty"`
	ExpireKeys []RepositoryKey `json:"expireKeys,omitempty"`
	// MailSends says whether a relay password is set.
	MailSends bool `json:"mailSends"`
}

// Repository is a place where backups are: pgBackRest's in one bucket, Odoo's
// files in another.
type Repository struct {
	// Number is pgBackRest's: 1 is Spaces, 2 is AWS S3.
	Number int `json:"number"`
	// Endpoint is the S3 host without scheme.
	Endpoint    string `json:"endpoint"`
	Region      string `json:"region"`
	Bucket      string `json:"bucket"`
	Path        string `json:"path"`
	FilesBucket string `json:"filesBucket"`
}

// RepositoryKey opens both buckets of a repository.
type RepositoryKey struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// PreviewHostOutputs is what the previews' shared host gives out.
type PreviewHostOutputs struct {
	Kind   string `json:"kind"`
	Region string `json:"region"`
	// Domain is the zone, PreviewDomain what previews are named under:
	// preview.<domain>.
	Domain        string `json:"domain"`
	PreviewDomain string `json:"previewDomain"`
	// VPCID and SSHKeyFingerprint are for previews with a droplet of their own.
	VPCID             string  `json:"vpcId"`
	SSHKeyFingerprint string  `json:"sshKeyFingerprint"`
	HostID            string  `json:"hostId"`
	HostName          string  `json:"hostName"`
	Size              string  `json:"size"`
	PublicIP          string  `json:"publicIp"`
	DropletIP         string  `json:"dropletIp"`
	PrivateIP         string  `json:"privateIp"`
	HostKey           string  `json:"hostKey"`
	VolumeID          string  `json:"volumeId"`
	VolumeName        string  `json:"volumeName"`
	Bastion           Bastion `json:"bastion"`
	// Containers are their names by role: edge.
	Containers map[string]string `json:"containers"`
	Images     Images            `json:"images"`
	// Telemetry and its secret token are for previews with a droplet of their
	// own; nil where nobody watches.
	Telemetry      *Telemetry `json:"telemetry,omitempty"`
	TelemetryToken string     `json:"telemetryToken,omitempty"`
	// AllowCIDRs need no password at any preview.
	AllowCIDRs []string `json:"allowCidrs"`
	// BudgetMB is the memory that previews may reserve together, PreviewMB what
	// one of them reserves.
	BudgetMB  int `json:"budgetMb"`
	PreviewMB int `json:"previewMb"`
}

// QuarantineOutputs is what the machine of one restore gives out.
type QuarantineOutputs struct {
	Kind     string `json:"kind"`
	Platform string `json:"platform"`
	// Source is the stack whose backup is restored, Target what it is for.
	Source   string `json:"source"`
	Target   string `json:"target"`
	Owner    string `json:"owner"`
	Created  string `json:"created"` // RFC 3339
	HostID   string `json:"hostId"`
	HostName string `json:"hostName"`
	Size     string `json:"size"`
	// VolumeSizeGB is its data volume's.
	VolumeSizeGB int     `json:"volumeSizeGb"`
	PrivateIP    string  `json:"privateIp"`
	HostKey      string  `json:"hostKey"` // public
	DataDir      string  `json:"dataDir"`
	Bastion      Bastion `json:"bastion"`
}

// DecodePlatform reads a platform's outputs.
func DecodePlatform(outputs map[string]any) (PlatformOutputs, error) {
	return decode[PlatformOutputs](outputs, KindPlatform)
}

// DecodeOdoo reads the outputs of a stack with an Odoo.
func DecodeOdoo(outputs map[string]any) (OdooOutputs, error) {
	return decode[OdooOutputs](outputs, KindProduction, KindStaging, KindPreview)
}

// DecodePreviewHost reads the outputs of the previews' host.
func DecodePreviewHost(outputs map[string]any) (PreviewHostOutputs, error) {
	return decode[PreviewHostOutputs](outputs, KindPreviewHost)
}

// DecodeQuarantine reads the outputs of a restore's machine.
func DecodeQuarantine(outputs map[string]any) (QuarantineOutputs, error) {
	return decode[QuarantineOutputs](outputs, KindRestore)
}

func decode[T any](outputs map[string]any, kinds ...string) (T, error) {
	var t T
	kind, _ := outputs["kind"].(string)
	if !slices.Contains(kinds, kind) {
		return t, fmt.Errorf("these are no outputs of a %s stack (kind is %v): run `odooops up` for it first",
			strings.Join(kinds, " or "), outputs["kind"])
	}
	b, err := json.Marshal(outputs)
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(b, &t); err != nil {
		return t, fmt.Errorf("outputs of the %s stack: %w; run `odooops up` with this version", kind, err)
	}
	return t, nil
}
