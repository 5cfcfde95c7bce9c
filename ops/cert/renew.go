package cert

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/ops/fault"
)

// Certificate is a chain and its key, PEM.
type Certificate struct {
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

// Place is where the certificate is served from.
type Place interface {
	// Current is the chain that is served; empty when there is none.
	Current(ctx context.Context) (string, error)
	Install(ctx context.Context, c Certificate) error
}

// Authority issues certificates.
type Authority interface {
	Issue(ctx context.Context, domains []string) (Certificate, error)
	Name() string
}

// Options of a renewal.
type Options struct {
	// Zone is the DNS zone, Domain what the wildcard is for: preview.<zone>.
	Zone, Domain string
	Cloud        *godo.Client
	Authority    Authority
	Place        Place
	// Roots tell a certificate that browsers believe from one of a staging authority.
	Roots   *x509.CertPool
	Staging bool
	Force   bool
	DryRun  bool
	Now     time.Time
	Say     func(string)
}

// Result of a renewal.
type Result struct {
	Domains   []string  `json:"domains"`
	Renewed   bool      `json:"renewed"`
	Why       string    `json:"why"`
	Authority string    `json:"authority"`
	Issuer    string    `json:"issuer,omitempty"`
	Expires   time.Time `json:"expires,omitzero"`
}

// early is how long before its end a certificate is renewed: a third of its life.
const early = 30 * 24 * time.Hour

// Renew issues a certificate when the one that is served is not good for 30
// more days. Nothing is changed on the host before the new one is there.
func Renew(ctx context.Context, o Options) (Result, error) {
	r := Result{Domains: []string{"*." + o.Domain, o.Domain}, Authority: o.Authority.Name()}
	const what = "renew the previews' certificate"
	if err := o.zone(ctx); err != nil {
		return r, err
	}
	served, err := o.Place.Current(ctx)
	if err != nil {
		return r, fault.New(what, "run odooops up preview-host when the host is not there", err)
	}
	due, why := o.due(served, r.Domains)
	r.Why = why
	if c, err := leaf(served); err == nil {
		r.Issuer, r.Expires = c.Issuer.CommonName, c.NotAfter
	}
	if !due || o.DryRun {
		return r, nil
	}
	o.Say(fmt.Sprintf("asking %s for %s (%s)", r.Authority, r.Domains[0], why))
	got, err := o.Authority.Issue(ctx, r.Domains)
	if err != nil {
		return r, fault.New(what, "correct that and run odooops cert renew again; --staging-ca spares the limits of the real authority while trying", err)
	}
	c, err := leaf(got.Cert)
	if err != nil {
		return r, fmt.Errorf("%s: the authority's answer: %w", what, err)
	}
	if err := o.Place.Install(ctx, got); err != nil {
		return r, fault.New(what, "run odooops cert renew again", err)
	}
	r.Renewed, r.Issuer, r.Expires = true, c.Issuer.CommonName, c.NotAfter
	return r, nil
}

// zone refuses a zone that the account doesn't have: the authority would find
// that out minutes later, and count it.
func (o Options) zone(ctx context.Context) error {
	_, res, err := o.Cloud.Domains.Get(ctx, o.Zone)
	if res != nil && res.StatusCode == 404 {
		return fault.Newf("renew the previews' certificate", "correct odooops:domain, or run odooops up platform, which makes the zone",
			"the account has no DNS zone %s, so it can't prove that %s is its own", o.Zone, o.Domain)
	}
	if err != nil {
		return fmt.Errorf("look for the DNS zone %s: %w", o.Zone, err)
	}
	return nil
}

// due says whether what is served has to be renewed, and why.
func (o Options) due(served string, domains []string) (bool, string) {
	if o.Force {
		return true, "forced"
	}
	c, err := leaf(served)
	if err != nil {
		return true, "there is none"
	}
	for _, d := range domains {
		if !slices.Contains(c.DNSNames, d) {
			return true, "it is not for " + d
		}
	}
	if left := c.NotAfter.Sub(o.Now); left < early {
		return true, fmt.Sprintf("it ends in %d days", int(left.Hours()/24))
	}
	if believed := o.believed(served, domains[1]); believed == o.Staging {
		if o.Staging {
			return true, "it is not the staging authority's"
		}
		return true, "it is one that browsers don't believe"
	}
	return false, "it is good until " + c.NotAfter.UTC().Format(time.DateOnly)
}

func (o Options) believed(chain, name string) bool {
	certs, err := parse(chain)
	if err != nil {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range certs[1:] {
		between.AddCert(c)
	}
	_, err = certs[0].Verify(x509.VerifyOptions{Roots: o.Roots, Intermediates: between, DNSName: name, CurrentTime: o.Now})
	return err == nil
}

func leaf(chain string) (*x509.Certificate, error) {
	certs, err := parse(chain)
	if err != nil {
		return nil, err
	}
	return certs[0], nil
}

func parse(chain string) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for rest := []byte(chain); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, c)
	}
	if len(certs) == 0 {
		return nil, errors.New("no certificate in it")
	}
	return certs, nil
}
