package localcloud

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"path/filepath"

	"github.com/odooops/odooops/localcloud/acme"
	"github.com/odooops/odooops/localcloud/trust"
)

// issuers are the two ACME servers that Let's Encrypt has. What staging signs
// chains to a root of its own that no machine trusts, so that a certificate
// from the wrong one is seen.
type issuers struct {
	production, staging http.Handler
}

func (c *Cloud) serveACME(context.Context) error {
	untrusted, err := trust.Open(filepath.Join(tlsDir(c.config.Dir), "staging"), c.config.Now)
	if err != nil {
		return err
	}
	if c.issuers.production, err = c.issuer("OdooOps local ACME", "acme-accounts.json", c.authority); err != nil {
		return err
	}
	if c.issuers.staging, err = c.issuer("OdooOps local ACME (STAGING)", "acme-staging-accounts.json", untrusted); err != nil {
		return err
	}
	if err := c.serveHere("ACME", c.config.ACME, c.issuers.production); err != nil {
		return err
	}
	return c.serveHere("ACMEStaging", c.config.ACMEStaging, c.issuers.staging)
}

// serveHere serves this computer by TLS, which ACME clients insist on.
func (c *Cloud) serveHere(name, address string, h http.Handler) error {
	l, err := c.listen(name, address)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(c.addresses[name])
	if err != nil {
		return err
	}
	certificate := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.authority.Leaf(host) }
	c.serve(name, tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: certificate, NextProtos: []string{"http/1.1"},
	}), guarded(h))
	return nil
}

func (c *Cloud) issuer(name, accounts string, authority *trust.Authority) (http.Handler, error) {
	return acme.New(acme.Config{
		Name: name, AccountsFile: filepath.Join(c.config.Dir, accounts), Sign: authority.Intermediate,
		Resolver: c.addresses["DNS"], TLSPort: c.config.MachineTLSPort, Log: c.config.Log,
	})
}
