// Package acme is a certificate authority that speaks ACME as Let's Encrypt
// does: pebble, in process. What pebble forgets at a restart is kept here: the
// accounts, and the root, which is the cloud's own authority. It validates for
// real, through the cloud's DNS, and must never be told not to.
package acme

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// Config is what the server needs.
type Config struct {
	// Name is the issuer's, which its certificates say.
	Name string
	// AccountsFile keeps accounts over restarts.
	AccountsFile string
	// Sign makes pebble's issuer an intermediate of the cloud's authority.
	Sign func(name string, key crypto.PublicKey) (*x509.Certificate, error)
	// Resolver is the DNS server asked when a name is validated, host:port.
	Resolver string
	// TLSPort is where TLS-ALPN-01 is validated; 443.
	TLSPort int
	Log     *slog.Logger
}

const (
	httpPort        = 80
	validitySeconds = 90 * 24 * 60 * 60
	retryAfter      = 1 // seconds a client is told to wait
)

// New starts the server. Its directory is /directory, as at Let's Encrypt.
func New(config Config) (http.Handler, error) {
	// pebble takes these from the environment alone, once, when it starts.
	for name, value := range map[string]string{"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	logger := log.New(lines{config.Log}, "", 0)
	store := db.NewMemoryStore()
	accounts, err := openAccounts(config.AccountsFile, store)
	if err != nil {
		return nil, err
	}
	issuer := ca.New(logger, store, "", "rsa", 0, 1, map[string]ca.Profile{
		"default": {Description: "The default profile", ValidityPeriod: validitySeconds},
	})
	if err := adopt(issuer, config.Name, config.Sign); err != nil {
		return nil, fmt.Errorf("sign the ACME server's issuer: %w", err)
	}
	validator := va.New(logger, httpPort, config.TLSPort, false, config.Resolver, store)
	front := wfe.New(logger, store, validator, issuer, []string{"letsencrypt.org"}, false, false, retryAfter, retryAfter)
	return directory(accounts.remember(front.Handler())), nil
}

// adopt puts a certificate signed by the cloud's authority in the place of the
// one pebble's throw-away root signed for the same key.
func adopt(issuer *ca.CAImpl, name string, sign func(string, crypto.PublicKey) (*x509.Certificate, error)) error {
	intermediate := issuer.GetIntermediateCert(0)
	cert, err := sign(name, intermediate.Cert.PublicKey)
	if err != nil {
		return err
	}
	intermediate.Cert, intermediate.DER = cert, cert.Raw
	return nil
}

// directory gives pebble's directory the path it has at Let's Encrypt.
func directory(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/directory" {
			r = r.Clone(r.Context())
			r.URL.Path = wfe.DirectoryPath
		}
		next.ServeHTTP(w, r)
	})
}

// lines writes pebble's log to ours.
type lines struct{ log *slog.Logger }

func (l lines) Write(p []byte) (int, error) {
	l.log.Debug("acme", "message", strings.TrimSpace(string(p)))
	return len(p), nil
}
