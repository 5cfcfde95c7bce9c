package config

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Site is what production and staging have in common: an Odoo on a host of
// its own, under a name of the platform's domain.
type Site struct {
	// Platform is the platform's stack name.
	Platform string
	// Hostname is the label under the platform's domain.
	Hostname     string
	Size         string
	VolumeSizeGB int
	Images       Images
	AdminLogin   string // empty until Complete: admin@<hostname>.<domain>
	ACMEEmail    string
	Protect      bool
	BackendID    string

	// All secret.
	SSHOperatorKey       string
	HostKey              string
	PostgresPassword     string
	OdooDatabasePassword string
	OdooAdminPassword    string
	OdooMasterPassword   string
	RegistryToken        string // may be empty: then images are read without login
}

// Production is the config of a production stack.
type Production struct {
	Site
	Mail Mail
	// Offsite is the second backup repository.
	Offsite Offsite

	PgbackrestCipher string // secret
	MailgunPassword  string // secret; may be empty: then nothing is sent
}

// Staging is the config of a staging stack.
type Staging struct {
	Site
	Gate
	TTLDays int
	// ExpiresAt is RFC 3339; empty until the operation knows it.
	ExpiresAt string

	EdgePassword string // secret
}

// Gate is who gets in where not everybody should, and what gets out.
type Gate struct {
	// AllowCIDRs are the prefixes that need no password at the edge.
	AllowCIDRs []string
	// EgressAllow are the hosts that may be called, by HTTPS; all else is out
	// of reach.
	EgressAllow []string
}

// Images are the images by digest.
type Images struct {
	Odoo     string `json:"odoo,omitempty"`
	Postgres string `json:"postgres,omitempty"`
	Traefik  string `json:"traefik,omitempty"`
	// MailHog is not in production, where mail leaves.
	MailHog string `json:"mailhog,omitempty"`
	// Otel is the agent of every host.
	Otel string `json:"otel,omitempty"`
	// The observability host's; Grafana is left out where no registry has it.
	Loki         string `json:"loki,omitempty"`
	Prometheus   string `json:"prometheus,omitempty"`
	Alertmanager string `json:"alertmanager,omitempty"`
	Grafana      string `json:"grafana,omitempty"`
}

// Mail is how mail leaves, and who may send in the domain's name.
type Mail struct {
	// Domain is the sending domain, default mg.<platform's domain>. It must be
	// within the platform's domain.
	Domain string `json:"domain,omitempty"`
	// Region is Mailgun's: us (default) or eu.
	Region string `json:"region,omitempty"`
	// Login is Mailgun's SMTP login, default odoo@<mail domain>.
	Login string `json:"login,omitempty"`
	// DKIMSelector and DKIMPublicKey are what Mailgun shows for the domain;
	// without the key no DKIM record is declared.
	DKIMSelector  string `json:"dkimSelector,omitempty"`
	DKIMPublicKey string `json:"dkimPublicKey,omitempty"`
	// DMARCReports is the address that receives aggregate reports.
	DMARCReports string `json:"dmarcReports,omitempty"`
}

// Offsite is the second backup repository, in AWS.
type Offsite struct {
	// Region is AWS's, default eu-west-1. Another one than production's.
	Region string `json:"region,omitempty"`
	// LockDays is how long no version of anything can be deleted, default 30.
	LockDays int `json:"lockDays,omitempty"`
	// Profile of the operator's AWS credentials, default odooops-offsite.
	Profile string `json:"profile,omitempty"`
}

// ParseProduction is the checked config of a production stack.
func ParseProduction(values map[string]string) (*Production, error) {
	v, err := check(values)
	if err != nil {
		return nil, err
	}
	p := &Production{PgbackrestCipher: v["pgbackrestCipher"], MailgunPassword: v["mailgunPassword"]}
	if p.Site, err = site(v); err != nil {
		return nil, err
	}
	p.Offsite = Offsite{Region: "eu-west-1", LockDays: 30, Profile: "odooops-offsite"}
	if err := json.Unmarshal([]byte(v["offsite"]), &p.Offsite); err != nil || v["mail"] == "" {
		return p, err
	}
	return p, json.Unmarshal([]byte(v["mail"]), &p.Mail)
}

// ParseStaging is the checked config of a staging stack.
func ParseStaging(values map[string]string) (*Staging, error) {
	v, err := check(values)
	if err != nil {
		return nil, err
	}
	s := &Staging{
		Gate: gate(v), TTLDays: number(v["ttlDays"]), ExpiresAt: v["expiresAt"], EdgePassword: v["edgePassword"],
	}
	s.Site, err = site(v)
	return s, err
}

func site(v map[string]string) (Site, error) {
	s := Site{
		Platform: v["platform"], Hostname: v["hostname"], Size: v["size"], VolumeSizeGB: number(v["volumeSizeGb"]),
		AdminLogin: v["adminLogin"], ACMEEmail: v["acmeEmail"], Protect: v["protect"] == "true",
		BackendID: v["backendId"], SSHOperatorKey: v["sshOperatorKey"], HostKey: v["hostKey"],
		PostgresPassword: v["postgresPassword"], OdooDatabasePassword: v["odooDatabasePassword"],
		OdooAdminPassword: v["odooAdminPassword"], OdooMasterPassword: v["odooMasterPassword"],
		RegistryToken: v["registryToken"],
	}
	return s, json.Unmarshal([]byte(v["images"]), &s.Images)
}

func gate(v map[string]string) Gate {
	return Gate{AllowCIDRs: list(v["allowCidrs"]), EgressAllow: list(v["egressAllow"])}
}

// Complete fills in what depends on the platform's domain.
func (s *Site) Complete(domain string) {
	if s.AdminLogin == "" {
		s.AdminLogin = "admin@" + s.Hostname + "." + domain
	}
}

// Complete fills in what depends on the platform's domain, and refuses what
// doesn't fit to it.
func (p *Production) Complete(domain string) error {
	p.Site.Complete(domain)
	m := &p.Mail
	if m.Domain == "" {
		m.Domain = "mg." + domain
	}
	if m.Domain != domain && !strings.HasSuffix(m.Domain, "."+domain) {
		return &Error{Key: "mail.domain", Problem: fmt.Sprintf("%q is not within the platform's domain %s", m.Domain, domain)}
	}
	if m.Region == "" {
		m.Region = "us"
	}
	if m.Login == "" {
		m.Login = "odoo@" + m.Domain
	}
	if m.DKIMSelector == "" {
		m.DKIMSelector = "mx"
	}
	return nil
}
