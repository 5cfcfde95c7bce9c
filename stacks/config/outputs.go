package config

import (
	"encoding/json"
	"fmt"
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

// ProductionOutputs is what a production stack gives out.
type ProductionOutputs struct {
	Kind     string `json:"kind"`
	Platform string `json:"platform"`
	URL      string `json:"url"`
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
	// Containers are their names by role: odoo, postgres, backup, edge.
	Containers map[string]string `json:"containers"`
	// Jobs are the one-shot containers by role: odoo-init.
	Jobs       map[string]string `json:"jobs"`
	Images     Images            `json:"images"`
	Database   string            `json:"database"`
	AdminLogin string            `json:"adminLogin"`
	WALBucket  string            `json:"walBucket"`
	// WALEndpoint is the bucket's S3 host without scheme.
	WALEndpoint string `json:"walEndpoint"`
	WALPath     string `json:"walPath"`
	Stanza      string `json:"stanza"`
	// MailSends says whether a relay password is set.
	MailSends bool `json:"mailSends"`
}

// DecodePlatform reads a platform's outputs.
func DecodePlatform(outputs map[string]any) (PlatformOutputs, error) {
	return decode[PlatformOutputs](KindPlatform, outputs)
}

// DecodeProduction reads a production stack's outputs.
func DecodeProduction(outputs map[string]any) (ProductionOutputs, error) {
	return decode[ProductionOutputs](KindProduction, outputs)
}

func decode[T any](kind string, outputs map[string]any) (T, error) {
	var t T
	if outputs["kind"] != kind {
		return t, fmt.Errorf("these are no outputs of a %s stack (kind is %v): run `odooops up` for it first", kind, outputs["kind"])
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
