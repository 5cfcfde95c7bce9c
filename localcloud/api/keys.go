package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/digitalocean/godo"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/localcloud/records"
)

func (a *API) keys() {
	a.read("GET /v2/account/keys", func(c *call) (any, error) {
		return page(c, "ssh_keys", records.Sorted(c.state.Keys))
	})
	a.write("POST /v2/account/keys", http.StatusCreated, createKey)
	a.read("GET /v2/account/keys/{key}", func(c *call) (any, error) {
		k := findKey(c.state, c.PathValue("key"))
		if k == nil {
			return nil, notFound()
		}
		return object{"ssh_key": k}, nil
	})
	a.write("PUT /v2/account/keys/{key}", http.StatusOK, func(c *call) (any, error) {
		k := findKey(c.state, c.PathValue("key"))
		if k == nil {
			return nil, notFound()
		}
		var in godo.KeyUpdateRequest
		if err := c.body(&in); err != nil {
			return nil, err
		}
		k.Name = in.Name
		return object{"ssh_key": k}, nil
	})
	a.write("DELETE /v2/account/keys/{key}", http.StatusNoContent, func(c *call) (any, error) {
		k := findKey(c.state, c.PathValue("key"))
		if k == nil {
			return nil, notFound()
		}
		delete(c.state.Keys, k.ID)
		return nil, nil
	})
}

func createKey(c *call) (any, error) {
	var in godo.KeyCreateRequest
	if err := c.body(&in); err != nil {
		return nil, err
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(in.PublicKey))
	if err != nil {
		return nil, unprocessable("Key invalid, key should be of the format `type key [comment]`")
	}
	if in.Name == "" {
		return nil, unprocessable("Name can't be blank")
	}
	k := &godo.Key{Name: in.Name, PublicKey: in.PublicKey, Fingerprint: ssh.FingerprintLegacyMD5(public)}
	if findKey(c.state, k.Fingerprint) != nil {
		return nil, unprocessable("SSH Key is already in use on your account")
	}
	k.ID = c.state.NextID()
	c.state.Keys[k.ID] = k
	return object{"ssh_key": k}, nil
}

// findKey takes an id or a fingerprint.
func findKey(s *records.State, key string) *godo.Key {
	for _, k := range s.Keys {
		if strconv.Itoa(k.ID) == key || k.Fingerprint == key {
			return k
		}
	}
	return nil
}

// chosenKeys resolves what a droplet names: numbers or fingerprints.
func chosenKeys(s *records.State, list []json.RawMessage) ([]*godo.Key, error) {
	var chosen []*godo.Key
	for _, raw := range list {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		k := findKey(s, text)
		if k == nil {
			return nil, unprocessable("%s are invalid key identifiers for Droplet creation.", text)
		}
		if !slices.Contains(chosen, k) {
			chosen = append(chosen, k)
		}
	}
	return chosen, nil
}
