package api

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"slices"
	"time"

	"github.com/digitalocean/godo"
	"github.com/google/uuid"

	"github.com/odooops/odooops/localcloud/records"
)

func (a *API) certificates() {
	a.read("GET /v2/certificates", func(c *call) (any, error) {
		q := c.URL.Query()
		return page(c, "certificates", slices.DeleteFunc(records.Sorted(c.state.Certificates), func(x *godo.Certificate) bool {
			return q.Has("name") && x.Name != q.Get("name")
		}))
	})
	a.write("POST /v2/certificates", http.StatusAccepted, a.createCertificate)
	a.read("GET /v2/certificates/{id}", func(c *call) (any, error) {
		x, err := c.certificate()
		return object{"certificate": x}, err
	})
	a.write("DELETE /v2/certificates/{id}", http.StatusNoContent, func(c *call) (any, error) {
		x, err := c.certificate()
		if err != nil {
			return nil, err
		}
		delete(c.state.Certificates, x.ID)
		return nil, nil
	})
}

func (c *call) certificate() (*godo.Certificate, error) {
	x, ok := c.state.Certificates[c.PathValue("id")]
	if !ok {
		return nil, notFound()
	}
	return x, nil
}

func (a *API) createCertificate(c *call) (any, error) {
	var in godo.CertificateRequest
	if err := c.body(&in); err != nil {
		return nil, err
	}
	for _, x := range c.state.Certificates {
		if x.Name == in.Name {
			return nil, unprocessable("certificate name %q is already in use", in.Name)
		}
	}
	now := a.Now().UTC()
	x := &godo.Certificate{
		ID: uuid.NewString(), Name: in.Name, DNSNames: in.DNSNames, State: "verified", Type: in.Type,
		Created: now.Format(time.RFC3339), NotAfter: now.AddDate(0, 3, 0).Format(time.RFC3339),
	}
	switch {
	case in.Type == "lets_encrypt" && len(in.DNSNames) > 0:
		for _, name := range in.DNSNames {
			if c.state.Zone(name) == nil {
				return nil, missing("Domain", name)
			}
		}
	case in.LeafCertificate != "" && in.PrivateKey != "":
		block, _ := pem.Decode([]byte(in.LeafCertificate))
		if block == nil {
			return nil, unprocessable("leaf_certificate is not PEM")
		}
		sum := sha1.Sum(block.Bytes) // the API's own fingerprint, not a protection
		x.Type, x.SHA1Fingerprint = "custom", hex.EncodeToString(sum[:])
	default:
		return nil, unprocessable("a certificate needs dns_names and type lets_encrypt, or private_key and leaf_certificate")
	}
	c.state.Certificates[x.ID] = x
	return object{"certificate": x}, nil
}
