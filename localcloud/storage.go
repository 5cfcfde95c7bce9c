package localcloud

import (
	"context"
	"path/filepath"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/api"
	"github.com/odooops/odooops/localcloud/records"
	"github.com/odooops/odooops/localcloud/spaces"
)

// openSpaces opens the object storage, whose keys are those of the records.
func (c *Cloud) openSpaces(context.Context) error {
	store, err := spaces.OpenStore(filepath.Join(c.config.Dir, "spaces"), c.config.Now)
	if err != nil {
		return err
	}
	c.closers = append(c.closers, store.Close)
	c.spaces = &spaces.Server{Store: store, Keys: c.spacesAccess, Faults: &spaces.Faults{}, Log: c.config.Log, Now: c.config.Now}
	return nil
}

func (c *Cloud) serveSpaces(context.Context) error {
	return c.serveHTTP("Spaces", c.config.Spaces, c.spaces)
}

// storages are what the API counts buckets of, disturbs and damages.
func (c *Cloud) storages() map[string]api.Storage {
	return map[string]api.Storage{
		"spaces": {Store: c.spaces.Store, Faults: c.spaces.Faults},
		"aws":    {Store: c.aws.Store, Faults: c.aws.Faults},
	}
}

// spacesAccess finds what a key may do: the account's may do everything.
func (c *Cloud) spacesAccess(key string) (access spaces.Access, ok bool) {
	c.store.View(func(s *records.State) {
		if key == s.Account.SpacesAccessKey {
			access, ok = spaces.Access{Secret: s.Account.SpacesSecretKey, Full: true}, true
			return
		}
		if k := s.SpacesKeys[key]; k != nil {
			access, ok = grantsOf(k), true
		}
	})
	return access, ok
}

func grantsOf(k *godo.SpacesKey) spaces.Access {
	access := spaces.Access{Secret: k.SecretKey, Buckets: map[string]bool{}}
	for _, g := range k.Grants {
		switch g.Permission {
		case godo.SpacesKeyFullAccess:
			access.Full = true
		case godo.SpacesKeyReadWrite:
			access.Buckets[g.Bucket] = true
		case godo.SpacesKeyRead:
			if _, granted := access.Buckets[g.Bucket]; !granted { // write stays, if another grant gave it
				access.Buckets[g.Bucket] = false
			}
		}
	}
	return access
}
