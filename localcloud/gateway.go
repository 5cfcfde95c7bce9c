package localcloud

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/odooops/odooops/localcloud/registry"
	"github.com/odooops/odooops/localcloud/spaces"
	"github.com/odooops/odooops/localcloud/trust"
)

// The names under which machines find the cloud, as they would the real one.
const (
	apiName         = "api.digitalocean.com"
	registryName    = "registry.digitalocean.com"
	acmeName        = "acme-v02.api.letsencrypt.org"
	acmeStagingName = "acme-staging-v02.api.letsencrypt.org"
)

func cloudNames() []string {
	return []string{apiName, spaces.Domain, spaces.AWSDomain, registryName, acmeName, acmeStagingName}
}

func tlsDir(dir string) string { return filepath.Join(dir, "tls") }

// RootsFile is the certificate, PEM, that everything this cloud signs is
// trusted by: its own servers and what its ACME server issues. It stays the
// same over restarts.
func RootsFile(dir string) string { return trust.CertFile(tlsDir(dir)) }

// Roots is RootsFile as a pool, with the system's roots.
func (c *Cloud) Roots() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a computer without roots still trusts its own cloud
	}
	pool.AppendCertsFromPEM(c.authority.PEM())
	return pool
}

func (c *Cloud) openTrust(context.Context) error {
	var err error
	c.authority, err = trust.Open(tlsDir(c.config.Dir), c.config.Now)
	return err
}

func (c *Cloud) serveRegistry(ctx context.Context) error {
	c.registry = registry.New(ctx, c.config.Images)
	return c.serveHTTP("Registry", c.config.Registry, guarded(c.registry))
}

// serveGateway is the machines' way to the cloud: every service under its real
// name, by TLS.
func (c *Cloud) serveGateway(context.Context) error {
	if c.config.GatewayTLS == "" {
		return nil
	}
	l, err := net.Listen("tcp", c.config.GatewayTLS)
	if err != nil {
		return fmt.Errorf("listen for machines: %w", err)
	}
	c.addresses["GatewayTLS"] = l.Addr().String()
	c.serve("GatewayTLS", tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: c.gatewayCertificate, NextProtos: []string{"http/1.1"},
	}), byName(map[string]http.Handler{
		apiName: c.api.Handler(), spaces.Domain: c.spaces, spaces.AWSDomain: c.awsServices(), registryName: registry.ReadOnly(c.registry),
		acmeName: c.issuers.production, acmeStagingName: c.issuers.staging,
	}))
	return nil
}

// byName leads a request to the service whose name, or a name below it, it is for.
func byName(services map[string]http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		for name, service := range services {
			if host == name || strings.HasSuffix(host, "."+name) {
				service.ServeHTTP(w, r)
				return
			}
		}
		http.Error(w, "the local cloud serves no "+host, http.StatusMisdirectedRequest)
	})
}

// gatewayCertificate signs for the cloud's names only.
func (c *Cloud) gatewayCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(hello.ServerName)
	if name == "" {
		return c.authority.Leaf(c.config.Network.Gateway.String())
	}
	for _, ours := range cloudNames() {
		if name == ours || strings.HasSuffix(name, "."+ours) {
			return c.authority.Leaf(name)
		}
	}
	return nil, errors.New("the local cloud serves no " + name)
}
