package localcloud_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/go-acme/lego/v4/certificate"
	"github.com/go-acme/lego/v4/challenge/dns01"
	"github.com/go-acme/lego/v4/lego"
	provider "github.com/go-acme/lego/v4/providers/dns/digitalocean"
	"github.com/go-acme/lego/v4/registration"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud"
)

type acmeUser struct {
	key     crypto.PrivateKey
	account *registration.Resource
}

func (u *acmeUser) GetEmail() string                        { return "ops@example.com" }
func (u *acmeUser) GetRegistration() *registration.Resource { return u.account }
func (u *acmeUser) GetPrivateKey() crypto.PrivateKey        { return u.key }

// wildcard gets a certificate for *.preview of the zone as this computer does:
// a TXT record by the API, found by the authority in DNS.
func wildcard(t *testing.T, c *localcloud.Cloud, directory, zone string) ([]*x509.Certificate, error) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	u := &acmeUser{key: key}
	config := lego.NewConfig(u)
	config.CADirURL = c.Env()[directory]
	config.HTTPClient = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.Roots()}}}
	require.FileExists(t, c.Env()["ODOOOPS_LOCAL_CA"])
	cl, err := lego.NewClient(config)
	require.NoError(t, err)
	u.account, err = cl.Registration.Register(registration.RegisterOptions{TermsOfServiceAgreed: true})
	require.NoError(t, err)
	do := provider.NewDefaultConfig()
	do.BaseURL, do.AuthToken, do.PollingInterval = c.Env()["DIGITALOCEAN_API_URL"], c.Env()["DIGITALOCEAN_TOKEN"], 100*time.Millisecond
	dns, err := provider.NewDNSProviderConfig(do)
	require.NoError(t, err)
	require.NoError(t, cl.Challenge.SetDNS01Provider(dns,
		dns01.AddRecursiveNameservers([]string{c.Env()["ODOOOPS_LOCAL_DNS"]}),
		dns01.DisableAuthoritativeNssPropagationRequirement(), dns01.RecursiveNSsPropagationRequirement()))
	got, err := cl.Certificate.Obtain(certificate.ObtainRequest{Domains: []string{"*.preview." + zone, "preview." + zone}, Bundle: true})
	if err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for rest := got.Certificate; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return chain, nil
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		chain = append(chain, cert)
	}
}

func verify(c *localcloud.Cloud, chain []*x509.Certificate, name string) error {
	intermediates := x509.NewCertPool()
	for _, cert := range chain[1:] {
		intermediates.AddCert(cert)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: c.Roots(), Intermediates: intermediates, DNSName: name})
	return err
}

func TestAWildcardIsIssuedByDNS01(t *testing.T) {
	c := start(t, localcloud.Config{})
	domains := client(t, c).Domains
	_, _, err := domains.Create(t.Context(), &godo.DomainCreateRequest{Name: "odooops.localhost"})
	require.NoError(t, err)

	chain, err := wildcard(t, c, "ODOOOPS_LOCAL_ACME", "odooops.localhost")
	require.NoError(t, err)
	require.NoError(t, verify(c, chain, "pr-7.preview.odooops.localhost"))
	require.Equal(t, "OdooOps local ACME", chain[0].Issuer.CommonName)

	chain, err = wildcard(t, c, "ODOOOPS_LOCAL_ACME_STAGING", "odooops.localhost")
	require.NoError(t, err)
	require.Equal(t, "OdooOps local ACME (STAGING)", chain[0].Issuer.CommonName)
	require.ErrorAs(t, verify(c, chain, "pr-7.preview.odooops.localhost"), new(x509.UnknownAuthorityError), "staging is nobody's")

	_, err = wildcard(t, c, "ODOOOPS_LOCAL_ACME", "other.localhost")
	require.Error(t, err, "a zone that is not ours")
	left, _, err := domains.RecordsByType(t.Context(), "odooops.localhost", "TXT", nil)
	require.NoError(t, err)
	require.Empty(t, left, "the challenges' records are gone")
}
