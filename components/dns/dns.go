// Package dns declares zones and the records in them.
package dns

import (
	"strings"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ttl in seconds: short, because a record changes when something is wrong.
const ttl = 300

// NewZone declares a zone. Protect it: a zone that was deleted and made again
// has lost every record that others put into it.
func NewZone(ctx *pulumi.Context, name, domain string, protect bool, opts ...pulumi.ResourceOption) (*digitalocean.Domain, error) {
	return digitalocean.NewDomain(ctx, name, &digitalocean.DomainArgs{
		Name: pulumi.String(domain),
	}, append(opts, pulumi.Protect(protect))...)
}

// Record is one record of a zone.
type Record struct {
	// Resource names the record for Pulumi, such as mail-spf.
	Resource string
	// Name is fully qualified.
	Name  string
	Type  string
	Value pulumi.StringInput
	// Priority is for MX only.
	Priority int
}

// NewRecord declares a record in the zone of a domain.
func NewRecord(ctx *pulumi.Context, domain string, r Record, opts ...pulumi.ResourceOption) (*digitalocean.DnsRecord, error) {
	args := &digitalocean.DnsRecordArgs{
		Domain: pulumi.String(domain),
		Name:   pulumi.String(Relative(r.Name, domain)),
		Type:   pulumi.String(r.Type),
		Value:  r.Value.ToStringOutput(),
		Ttl:    pulumi.Int(ttl),
	}
	if r.Type == "MX" {
		args.Priority = pulumi.Int(r.Priority)
	}
	return digitalocean.NewDnsRecord(ctx, r.Resource, args, opts...)
}

// Relative is a name as the API wants it: without the zone, @ for the zone itself.
func Relative(name, domain string) string {
	if name == domain {
		return "@"
	}
	return strings.TrimSuffix(name, "."+domain)
}
