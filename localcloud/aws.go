package localcloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/odooops/odooops/localcloud/durable"
	"github.com/odooops/odooops/localcloud/iam"
	"github.com/odooops/odooops/localcloud/records"
	"github.com/odooops/odooops/localcloud/spaces"
)

const (
	// awsAccount is the number of the account at AWS; nobody's.
	awsAccount = "000000000000"
	// AWSProfile is the account's key in the file of AWSCredentials.
	AWSProfile = "odooops-offsite"
)

// AWSCredentials is the shared credentials file by which operators administer
// this cloud's AWS account.
func AWSCredentials(dir string) string { return filepath.Join(dir, "aws-credentials") }

// openAWS opens the other cloud: storage of its own, and its users.
func (c *Cloud) openAWS(context.Context) error {
	store, err := spaces.OpenStore(filepath.Join(c.config.Dir, "aws"), c.config.Now)
	if err != nil {
		return err
	}
	c.closers = append(c.closers, store.Close)
	c.iam = &iam.Server{Store: c.store, Log: c.config.Log, Now: c.config.Now}
	c.aws = &spaces.Server{Store: store, Keys: c.iam.Key, AWS: true, Faults: &spaces.Faults{}, Log: c.config.Log, Now: c.config.Now}
	var account records.Account
	c.store.View(func(s *records.State) { account = s.Account })
	text := fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", AWSProfile, account.AWSAccessKey, account.AWSSecretKey)
	if err := durable.WriteFile(AWSCredentials(c.config.Dir), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the credentials of the local AWS: %w", err)
	}
	return nil
}

func (c *Cloud) serveAWS(context.Context) error {
	return c.serveHTTP("AWS", c.config.AWS, c.awsServices())
}

// awsServices leads a request to the service that it is signed for.
func (c *Cloud) awsServices() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch service, err := signedFor(r); {
		case err == nil && service == "s3":
			c.aws.ServeHTTP(w, r)
		default: // also refuses what is no service here
			c.iam.ServeHTTP(w, r)
		}
	})
}

// signedFor is the service in the scope of the signature; without one it is
// what may be asked by anybody.
func signedFor(r *http.Request) (string, error) {
	scope := r.URL.Query().Get("X-Amz-Credential")
	if header := r.Header.Get("Authorization"); header != "" {
		_, scope, _ = strings.Cut(header, "Credential=")
		scope, _, _ = strings.Cut(scope, ",")
	}
	if scope == "" {
		return "s3", nil
	}
	parts := strings.Split(scope, "/")
	if len(parts) != 5 {
		return "", errors.New("no scope of a signature")
	}
	return parts[3], nil
}
