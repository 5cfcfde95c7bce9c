// Package records is what the local cloud remembers. It knows nothing of HTTP
// or machines; it must not hand out state that is not yet on disk.
package records

import (
	"encoding/json"
	"time"

	"github.com/digitalocean/godo"
)

// State is everything the cloud knows, keyed as its API addresses it.
type State struct {
	Account Account `json:"account"`
	// LastID is the last number given to a droplet, key, action or record.
	LastID      int                        `json:"last_id"`
	Droplets    map[int]*Droplet           `json:"droplets"`
	Actions     map[int]*Action            `json:"actions"`
	Volumes     map[string]*godo.Volume    `json:"volumes"`
	ReservedIPs map[string]*ReservedIP     `json:"reserved_ips"`
	VPCs        map[string]*godo.VPC       `json:"vpcs"`
	Firewalls   map[string]*godo.Firewall  `json:"firewalls"`
	Keys        map[int]*godo.Key          `json:"keys"`
	Domains     map[string]*Domain         `json:"domains"`
	Tags        map[string]bool            `json:"tags"`
	Projects    map[string]*Project        `json:"projects"`
	SpacesKeys  map[string]*godo.SpacesKey `json:"spaces_keys"`
	AWSUsers    map[string]*AWSUser        `json:"aws_users"`
	// UptimeChecks and MonitorAlerts are kept; this cloud runs none of them.
	UptimeChecks  map[string]*UptimeCheck      `json:"uptime_checks"`
	MonitorAlerts map[string]*godo.AlertPolicy `json:"monitor_alerts"`
	// Docker holds recorded docker resources by host, kind and id; it is used
	// by the offline docker provider when there are no machines.
	Docker map[string]map[string]map[string]json.RawMessage `json:"docker"`
}

// Account holds the credentials of the one account of this cloud.
type Account struct {
	UUID            string `json:"uuid"`
	Token           string `json:"token"`
	SpacesAccessKey string `json:"spaces_access_key"`
	SpacesSecretKey string `json:"spaces_secret_key"`
	// The account at AWS and what administers it.
	AWSAccount   string `json:"aws_account"`
	AWSAccessKey string `json:"aws_access_key"`
	AWSSecretKey string `json:"aws_secret_key"`
}

// AWSUser is a user of IAM.
type AWSUser struct {
	Name     string             `json:"name"`
	Path     string             `json:"path"`
	ID       string             `json:"id"`
	Created  time.Time          `json:"created"`
	Tags     map[string]string  `json:"tags"`
	Policies map[string]string  `json:"policies"` // documents by name
	Keys     map[string]*AWSKey `json:"keys"`
}

// AWSKey is an access key of a user.
type AWSKey struct {
	ID      string    `json:"id"`
	Secret  string    `json:"secret"`
	Status  string    `json:"status"` // Active or Inactive
	Created time.Time `json:"created"`
}

// Droplet is a virtual machine.
type Droplet struct {
	ID       int      `json:"id"`
	Name     string   `json:"name"`
	Region   string   `json:"region"`
	Image    string   `json:"image"`
	Size     string   `json:"size"`
	DiskGB   int      `json:"disk_gb"`
	Status   string   `json:"status"` // new, active, off
	Deleting bool     `json:"deleting,omitempty"`
	Features []string `json:"features"`
	Tags     []string `json:"tags"`
	// VolumeIDs are attached, in the order they were.
	VolumeIDs []string `json:"volume_ids"`
	VPC       string   `json:"vpc"`
	PublicIP  string   `json:"public_ip"`
	PrivateIP string   `json:"private_ip"`
	KeyIDs    []int    `json:"key_ids"`
	// PublicKeys are copied at creation: a key deleted later stays on the machine.
	PublicKeys []string  `json:"public_keys"`
	UserData   string    `json:"user_data"`
	Created    time.Time `json:"created"`
}

// Action is a change under way or over, in the API's own format.
type Action struct {
	ID           int        `json:"id"`
	Status       string     `json:"status"` // in-progress, completed, errored
	Type         string     `json:"type"`
	StartedAt    time.Time  `json:"started_at"`
	CompletedAt  *time.Time `json:"completed_at"`
	ResourceID   int        `json:"resource_id"`
	ResourceType string     `json:"resource_type"`
	RegionSlug   string     `json:"region_slug"`
	// Resource is the volume or address the action is about.
	Resource string `json:"resource,omitempty"`
	Message  string `json:"message,omitempty"`
}

// ReservedIP is a public address that can move between droplets.
type ReservedIP struct {
	IP        string `json:"ip"`
	Region    string `json:"region"`
	DropletID int    `json:"droplet_id"` // 0: not assigned
}

// Domain is a DNS zone.
type Domain struct {
	Name    string                     `json:"name"`
	TTL     int                        `json:"ttl"`
	Records map[int]*godo.DomainRecord `json:"records"`
}

// Project groups resources.
type Project struct {
	godo.Project
	Resources []string `json:"resources"` // URNs
}

// UptimeCheck is a check with its alerts.
type UptimeCheck struct {
	godo.UptimeCheck
	Alerts map[string]*godo.UptimeAlert `json:"alerts"`
}

// NextID gives a number that was never given before.
func (s *State) NextID() int {
	s.LastID++
	return s.LastID
}

// Zone finds the domain that holds a name, the longest match first.
func (s *State) Zone(name string) *Domain {
	for {
		if d, ok := s.Domains[name]; ok {
			return d
		}
		_, parent, found := cutLabel(name)
		if !found {
			return nil
		}
		name = parent
	}
}

// HasTag says whether the droplet carries the tag.
func (d *Droplet) HasTag(tag string) bool { return contains(d.Tags, tag) }
