package acme_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/require"
	client "golang.org/x/crypto/acme"

	"github.com/odooops/odooops/localcloud/acme"
	"github.com/odooops/odooops/localcloud/names"
	"github.com/odooops/odooops/localcloud/trust"
)

const host = "erp.example.com"

// edge answers TLS-ALPN-01 as a machine's Traefik does.
type edge struct {
	net.Listener
	cert *tls.Certificate
}

func newEdge(t *testing.T) *edge {
	t.Helper()
	e := &edge{}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		NextProtos:     []string{client.ALPNProto},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return e.cert, nil },
	})
	require.NoError(t, err)
	e.Listener = l
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = conn.(*tls.Conn).Handshake(); _ = conn.Close() }()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return e
}

// serve runs the server at the address; clients sign the URL, so that a
// restart must keep it.
func serve(ctx context.Context, t *testing.T, address, dir string, authority *trust.Authority, port int) *httptest.Server {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	resolver, err := names.Serve(ctx, "127.0.0.1:0", &names.Resolver{Log: log, Zone: func(string) (names.Zone, bool) {
		return names.Zone{Name: "example.com", Records: []godo.DomainRecord{{Type: "A", Name: "erp", Data: "127.0.0.1", TTL: 60}}}, true
	}})
	require.NoError(t, err)
	h, err := acme.New(acme.Config{
		Name: "test", AccountsFile: filepath.Join(dir, "accounts.json"), Sign: authority.Intermediate, Resolver: resolver, TLSPort: port, Log: log,
	})
	require.NoError(t, err)
	srv := httptest.NewUnstartedServer(h)
	require.NoError(t, srv.Listener.Close())
	srv.Listener, err = net.Listen("tcp", address)
	require.NoError(t, err)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

// issue gets a certificate for host and returns its chain.
func issue(ctx context.Context, t *testing.T, cl *client.Client, e *edge) [][]byte {
	t.Helper()
	order, err := cl.AuthorizeOrder(ctx, client.DomainIDs(host))
	require.NoError(t, err)
	for _, url := range order.AuthzURLs {
		authz, err := cl.GetAuthorization(ctx, url)
		require.NoError(t, err)
		if authz.Status == client.StatusValid {
			continue
		}
		for _, challenge := range authz.Challenges {
			if challenge.Type != "tls-alpn-01" {
				continue
			}
			cert, err := cl.TLSALPN01ChallengeCert(challenge.Token, host)
			require.NoError(t, err)
			e.cert = &cert
			_, err = cl.Accept(ctx, challenge)
			require.NoError(t, err)
		}
		_, err = cl.WaitAuthorization(ctx, url)
		require.NoError(t, err)
	}
	ready, err := cl.WaitOrder(ctx, order.URI)
	require.NoError(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{host}}, key)
	require.NoError(t, err)
	// The client can't wait for an order that is answered without a Location;
	// pebble's is. The order itself goes on.
	_, _, _ = cl.CreateOrderCert(ctx, ready.FinalizeURL, csr, true)
	done, err := cl.WaitOrder(ctx, order.URI)
	require.NoError(t, err)
	chain, err := cl.FetchCert(ctx, done.CertURL, true)
	require.NoError(t, err)
	return chain
}

func TestCertificateIsIssuedAndTrustedAlsoAfterARestart(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	dir := t.TempDir()
	authority, err := trust.Open(filepath.Join(dir, "tls"), time.Now)
	require.NoError(t, err)
	e := newEdge(t)
	port := e.Addr().(*net.TCPAddr).Port
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)

	first := serve(ctx, t, "127.0.0.1:0", dir, authority, port)
	cl := &client.Client{Key: key, HTTPClient: first.Client(), DirectoryURL: first.URL + "/directory"}
	account, err := cl.Register(ctx, &client.Account{Contact: []string{"mailto:ops@example.com"}}, client.AcceptTOS)
	require.NoError(t, err)
	verify(t, authority, issue(ctx, t, cl, e))
	address := first.Listener.Addr().String()
	first.Close()

	second := serve(ctx, t, address, dir, authority, port)
	cl = &client.Client{Key: key, HTTPClient: second.Client(), DirectoryURL: second.URL + "/directory", KID: client.KeyID(account.URI)}
	reopened, err := trust.Open(filepath.Join(dir, "tls"), time.Now)
	require.NoError(t, err)
	verify(t, reopened, issue(ctx, t, cl, e))
}

func verify(t *testing.T, authority *trust.Authority, chain [][]byte) {
	t.Helper()
	leaf, err := x509.ParseCertificate(chain[0])
	require.NoError(t, err)
	intermediates := x509.NewCertPool()
	for _, der := range chain[1:] {
		cert, err := x509.ParseCertificate(der)
		require.NoError(t, err)
		intermediates.AddCert(cert)
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: authority.Pool(), Intermediates: intermediates, DNSName: host})
	require.NoError(t, err)
}
