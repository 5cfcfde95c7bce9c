package mail

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/dns"
)

// Args of a Domain.
type Args struct {
	// Zone is the zone that the records go into.
	Zone string
	// Domain sends: the zone itself or a name in it.
	Domain string
	Region string // us or eu
	// Selector and PublicKey of DKIM; without a key there is no such record.
	Selector, PublicKey string
	// Reports is the address for DMARC's aggregate reports; may be empty.
	Reports string
}

// Domain is a domain that sends mail.
type Domain struct{ pulumi.ResourceState }

// New declares the records of a sending domain.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Domain, error) {
	d := &Domain{}
	if err := ctx.RegisterComponentResource("odooops:mail:Domain", name, d, opts...); err != nil {
		return nil, err
	}
	for _, r := range Records(name, args) {
		if _, err := dns.NewRecord(ctx, args.Zone, r, pulumi.Parent(d)); err != nil {
			return nil, err
		}
	}
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{})
}

// Records are the records of a sending domain.
func Records(prefix string, args Args) []dns.Record {
	region := ""
	if args.Region == "eu" {
		region = "eu."
	}
	dmarc := "v=DMARC1; p=quarantine; adkim=s; aspf=s"
	if args.Reports != "" {
		dmarc += "; rua=mailto:" + args.Reports
	}
	records := []dns.Record{
		text(prefix+"-spf", args.Domain, "v=spf1 include:mailgun.org -all"),
		text(prefix+"-dmarc", "_dmarc."+args.Domain, dmarc),
	}
	for i, host := range []string{"mxa", "mxb"} {
		records = append(records, dns.Record{
			Resource: fmt.Sprintf("%s-mx-%d", prefix, i+1), Name: args.Domain, Type: "MX",
			Value: pulumi.String(host + "." + region + "mailgun.org."), Priority: 10,
		})
	}
	if args.PublicKey != "" {
		records = append(records, text(prefix+"-dkim", args.Selector+"._domainkey."+args.Domain, "k=rsa; p="+args.PublicKey))
	}
	return records
}

func text(resource, name, value string) dns.Record {
	return dns.Record{Resource: resource, Name: name, Type: "TXT", Value: pulumi.String(value)}
}
