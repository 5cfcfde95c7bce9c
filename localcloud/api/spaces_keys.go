package api

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/records"
)

func (a *API) spacesKeys() {
	a.read("GET /v2/spaces/keys", func(c *call) (any, error) {
		list := []*godo.SpacesKey{}
		for _, k := range records.Sorted(c.state.SpacesKeys) {
			list = append(list, withoutSecret(k))
		}
		return page(c, "keys", list)
	})
	a.write("POST /v2/spaces/keys", http.StatusCreated, func(c *call) (any, error) {
		var in godo.SpacesKeyCreateRequest
		if err := c.body(&in); err != nil {
			return nil, err
		}
		k := &godo.SpacesKey{
			AccessKey: NewSpacesAccessKey(), SecretKey: NewSpacesSecret(), CreatedAt: a.Now().UTC().Format(time.RFC3339),
		}
		if err := setGrants(k, in.Name, in.Grants); err != nil {
			return nil, err
		}
		c.state.SpacesKeys[k.AccessKey] = k
		return object{"key": k}, nil // the only time the secret is shown
	})
	a.read("GET /v2/spaces/keys/{key}", func(c *call) (any, error) {
		k, err := c.spacesKey()
		if err != nil {
			return nil, err
		}
		return object{"key": withoutSecret(k)}, nil
	})
	a.write("PUT /v2/spaces/keys/{key}", http.StatusOK, func(c *call) (any, error) {
		k, err := c.spacesKey()
		if err != nil {
			return nil, err
		}
		var in godo.SpacesKeyUpdateRequest
		if err := c.body(&in); err != nil {
			return nil, err
		}
		if err := setGrants(k, in.Name, in.Grants); err != nil {
			return nil, err
		}
		return object{"key": withoutSecret(k)}, nil
	})
	a.write("DELETE /v2/spaces/keys/{key}", http.StatusNoContent, func(c *call) (any, error) {
		k, err := c.spacesKey()
		if err != nil {
			return nil, err
		}
		delete(c.state.SpacesKeys, k.AccessKey)
		return nil, nil
	})
}

func (c *call) spacesKey() (*godo.SpacesKey, error) {
	k, ok := c.state.SpacesKeys[c.PathValue("key")]
	if !ok {
		return nil, notFound()
	}
	return k, nil
}

// setGrants takes what the real API takes: by bucket, or full access to all.
func setGrants(k *godo.SpacesKey, name string, grants []*godo.Grant) error {
	if name == "" {
		return badRequest("name is required")
	}
	for _, g := range grants {
		if g == nil {
			return badRequest("a grant is {bucket, permission}, not null")
		}
		switch g.Permission {
		case godo.SpacesKeyRead, godo.SpacesKeyReadWrite:
			if g.Bucket == "" {
				return badRequest("a grant of %s needs a bucket", g.Permission)
			}
		case godo.SpacesKeyFullAccess:
			if g.Bucket != "" || len(grants) > 1 {
				return badRequest("a grant of fullaccess stands alone and names no bucket")
			}
		default:
			return badRequest("permission must be read, readwrite or fullaccess, not %q", g.Permission)
		}
	}
	k.Name, k.Grants = name, append([]*godo.Grant{}, grants...)
	return nil
}

func withoutSecret(k *godo.SpacesKey) *godo.SpacesKey {
	shown := *k
	shown.SecretKey = ""
	return &shown
}

// NewSpacesAccessKey makes an access key id in the real format.
func NewSpacesAccessKey() string { return "DO00" + rand.Text()[:16] }

// NewSpacesSecret makes a secret key.
func NewSpacesSecret() string { return rand.Text() + rand.Text()[:17] }

// NewToken makes an API token in the real format.
func NewToken() string { return "dop_v1_" + strings.ToLower(rand.Text()+rand.Text()) }
