package cert

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/go-acme/lego/v4/certcrypto"
	"github.com/go-acme/lego/v4/certificate"
	"github.com/go-acme/lego/v4/challenge/dns01"
	"github.com/go-acme/lego/v4/lego"
	legolog "github.com/go-acme/lego/v4/log"
	"github.com/go-acme/lego/v4/providers/dns/digitalocean"
	"github.com/go-acme/lego/v4/registration"
)

// The authorities of Let's Encrypt.
const (
	Production = lego.LEDirectoryProduction
	Staging    = lego.LEDirectoryStaging
)

// ACME is an authority that is convinced by a TXT record (DNS-01).
type ACME struct {
	Directory string
	// AccountFile keeps the account between renewals, readable by its owner
	// only. Losing it costs a registration and nothing else.
	AccountFile string
	Email       string // may be empty
	API         string // DigitalOcean's; empty is the real one
	Token       string
	// Resolver is asked whether the record can be seen, host:port; empty asks
	// this computer's, and then the zone's own servers.
	Resolver string
	Client   *http.Client // nil is the default
}

// Name is its directory.
func (a ACME) Name() string { return a.Directory }

// account is what lego calls a user.
type account struct {
	Email        string                 `json:"email"`
	Key          string                 `json:"key"` // PEM
	Registration *registration.Resource `json:"-"`   // asked for each time
	Directory    string                 `json:"directory"`

	key *ecdsa.PrivateKey
}

func (a *account) GetEmail() string                        { return a.Email }
func (a *account) GetRegistration() *registration.Resource { return a.Registration }
func (a *account) GetPrivateKey() crypto.PrivateKey        { return a.key }

// Issue gets a certificate. lego knows no contexts; ctx bounds the wait, and
// an issue that is given up ends by lego's own time-outs.
func (a ACME) Issue(ctx context.Context, domains []string) (Certificate, error) {
	type answer struct {
		c   Certificate
		err error
	}
	done := make(chan answer, 1)
	go func() {
		c, err := a.issue(domains)
		done <- answer{c, err}
	}()
	select {
	case got := <-done:
		return got.c, got.err
	case <-ctx.Done():
		return Certificate{}, ctx.Err()
	}
}

func (a ACME) issue(domains []string) (Certificate, error) {
	user, err := a.account()
	if err != nil {
		return Certificate{}, err
	}
	// It writes its steps to stderr, by a variable of its package; what went
	// wrong is in its errors too.
	legolog.Logger = log.New(io.Discard, "", 0)
	config := lego.NewConfig(user)
	config.CADirURL = a.Directory
	config.Certificate.KeyType = certcrypto.EC256
	if a.Client != nil {
		config.HTTPClient = a.Client
	}
	client, err := lego.NewClient(config)
	if err != nil {
		return Certificate{}, fmt.Errorf("reach %s: %w", a.Directory, err)
	}
	if err := a.provider(client); err != nil {
		return Certificate{}, err
	}
	// Registering a known key is answered with its account; one that the
	// authority has forgotten is made again.
	user.Registration, err = client.Registration.Register(registration.RegisterOptions{TermsOfServiceAgreed: true})
	if err != nil {
		return Certificate{}, fmt.Errorf("register with %s: %w", a.Directory, err)
	}
	if err := a.keep(user); err != nil {
		return Certificate{}, err
	}
	got, err := client.Certificate.Obtain(certificate.ObtainRequest{Domains: domains, Bundle: true})
	if err != nil {
		return Certificate{}, err
	}
	return Certificate{Cert: string(got.Certificate), Key: string(got.PrivateKey)}, nil
}

// provider writes the TXT record by DigitalOcean's API.
func (a ACME) provider(client *lego.Client) error {
	config := digitalocean.NewDefaultConfig()
	config.AuthToken = a.Token
	if a.API != "" {
		config.BaseURL = a.API
	}
	config.PropagationTimeout = 5 * time.Minute
	var options []dns01.ChallengeOption
	if a.Resolver != "" {
		// One server knows all of it; no other has to be waited for.
		config.PollingInterval = 200 * time.Millisecond
		options = append(options, dns01.AddRecursiveNameservers([]string{a.Resolver}),
			dns01.DisableAuthoritativeNssPropagationRequirement(), dns01.RecursiveNSsPropagationRequirement())
	}
	p, err := digitalocean.NewDNSProviderConfig(config)
	if err != nil {
		return err
	}
	return client.Challenge.SetDNS01Provider(p, options...)
}

// account reads the account, or makes a key for a new one.
func (a ACME) account() (*account, error) {
	u := &account{Email: a.Email, Directory: a.Directory}
	text, err := os.ReadFile(a.AccountFile)
	if err == nil {
		var kept account
		if json.Unmarshal(text, &kept) == nil && kept.Directory == a.Directory {
			if block, _ := pem.Decode([]byte(kept.Key)); block != nil {
				if kept.key, err = x509.ParseECPrivateKey(block.Bytes); err == nil {
					return &kept, nil
				}
			}
		}
	}
	if u.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(u.key)
	if err != nil {
		return nil, err
	}
	u.Key = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	return u, nil
}

func (a ACME) keep(u *account) error {
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(a.AccountFile), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(a.AccountFile+".partial", text, 0o600); err != nil {
		return err
	}
	return os.Rename(a.AccountFile+".partial", a.AccountFile)
}
