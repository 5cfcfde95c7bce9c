package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Platform is the config of the stack that everything else stands on.
type Platform struct {
	Domain     string
	Region     string
	VPCCIDR    string
	AdminCIDRs []string
	Protect    bool

	SSHOperatorKey string // secret
	BastionHostKey string // secret
}

// Production is the config of a production stack.
type Production struct {
	// Platform is the platform's stack name.
	Platform string
	// Hostname is the label under the platform's domain.
	Hostname     string
	Size         string
	VolumeSizeGB int
	Images       Images
	AdminLogin   string // empty: admin@<hostname>.<domain>
	ACMEEmail    string
	Mail         Mail
	Protect      bool

	// All secret.
	SSHOperatorKey       string
	HostKey              string
	PostgresPassword     string
	OdooDatabasePassword string
	OdooAdminPassword    string
	OdooMasterPassword   string
	PgbackrestCipher     string
	MailgunPassword      string // may be empty: then nothing is sent
	RegistryToken        string // may be empty: then images are read without login
}

// Images are the images by digest.
type Images struct {
	Odoo     string `json:"odoo"`
	Postgres string `json:"postgres"`
	Traefik  string `json:"traefik"`
	// MailHog is not in production, where mail leaves.
	MailHog string `json:"mailhog,omitempty"`
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

// Validate checks a stack's whole config, its kind included. Keys may carry
// the namespace or not; objects and lists are JSON, as the engine hands them
// over. The error is an *Error.
func Validate(values map[string]string) error {
	_, err := check(values)
	return err
}

// KindOf is the kind of a stack with this config.
func KindOf(values map[string]string) (string, error) {
	v := ours(values)
	kinds := []string{KindPlatform, KindProduction}
	switch {
	case v["kind"] == "":
		return "", &Error{Key: "kind", Problem: "missing", Hint: "use one of " + strings.Join(kinds, ", ")}
	case !slices.Contains(kinds, v["kind"]):
		return "", &Error{Key: "kind", Problem: fmt.Sprintf("%q is no kind of stack", v["kind"]), Hint: "use one of " + strings.Join(kinds, ", ")}
	}
	return v["kind"], nil
}

// ParsePlatform is the checked config of a platform.
func ParsePlatform(values map[string]string) (*Platform, error) {
	v, err := check(values)
	if err != nil {
		return nil, err
	}
	p := &Platform{
		Domain: v["domain"], Region: v["region"], VPCCIDR: v["vpcCidr"],
		Protect:        v["protect"] == "true",
		SSHOperatorKey: v["sshOperatorKey"], BastionHostKey: v["bastionHostKey"],
	}
	return p, json.Unmarshal([]byte(v["adminCidrs"]), &p.AdminCIDRs)
}

// ParseProduction is the checked config of a production stack.
func ParseProduction(values map[string]string) (*Production, error) {
	v, err := check(values)
	if err != nil {
		return nil, err
	}
	p := &Production{
		Platform: v["platform"], Hostname: v["hostname"], Size: v["size"],
		AdminLogin: v["adminLogin"], ACMEEmail: v["acmeEmail"], Protect: v["protect"] == "true",
		SSHOperatorKey: v["sshOperatorKey"], HostKey: v["hostKey"],
		PostgresPassword: v["postgresPassword"], OdooDatabasePassword: v["odooDatabasePassword"],
		OdooAdminPassword: v["odooAdminPassword"], OdooMasterPassword: v["odooMasterPassword"],
		PgbackrestCipher: v["pgbackrestCipher"], MailgunPassword: v["mailgunPassword"],
		RegistryToken: v["registryToken"],
	}
	p.VolumeSizeGB, _ = strconv.Atoi(v["volumeSizeGb"]) // checked above
	if err := json.Unmarshal([]byte(v["images"]), &p.Images); err != nil {
		return nil, err
	}
	if v["mail"] != "" {
		if err := json.Unmarshal([]byte(v["mail"]), &p.Mail); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Complete fills in what depends on the platform's domain, and refuses what
// doesn't fit to it.
func (p *Production) Complete(domain string) error {
	if p.AdminLogin == "" {
		p.AdminLogin = "admin@" + p.Hostname + "." + domain
	}
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

// check returns the values without namespace, defaults filled in.
func check(values map[string]string) (map[string]string, error) {
	kind, err := KindOf(values)
	if err != nil {
		return nil, err
	}
	v := ours(values)
	table := keysOf(kind)
	known := func(name string) bool {
		return slices.ContainsFunc(table, func(k key) bool { return k.name == name })
	}
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !known(name) {
			return nil, &Error{Key: name, Problem: "no such key for kind " + kind, Hint: "correct or remove it"}
		}
	}

	for _, k := range table {
		value := v[k.name]
		if value == "" && k.required {
			return nil, missing(k)
		}
		if value == "" {
			if k.fallback != "" {
				v[k.name] = k.fallback
			}
			continue
		}
		if k.check == nil {
			continue
		}
		if err := k.check(value); err != nil {
			var own *Error
			if errors.As(err, &own) {
				return nil, own
			}
			return nil, &Error{Key: k.name, Problem: err.Error()}
		}
	}
	return v, nil
}

func missing(k key) *Error {
	e := &Error{Key: k.name, Problem: "missing"}
	switch {
	case k.secret != nil:
		e.Problem, e.Hint = "this secret is missing", "run `odooops init`"
	case k.name == "images":
		e.Key, e.Hint = "images.odoo", pushHint
	default:
		e.Hint = "set it in Pulumi.<stack>.yaml"
	}
	return e
}

// ours strips the namespace. Keys of other namespaces (providers') are not ours.
func ours(values map[string]string) map[string]string {
	v := make(map[string]string, len(values))
	for name, value := range values {
		namespace, rest, qualified := strings.Cut(name, ":")
		switch {
		case !qualified:
			v[name] = value
		case namespace == Namespace:
			v[rest] = value
		}
	}
	return v
}

// strictJSON refuses the fields that nobody would read.
func strictJSON(text string, into any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}
