package acme

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"github.com/letsencrypt/pebble/v2/acme"
	"github.com/letsencrypt/pebble/v2/core"
	"github.com/letsencrypt/pebble/v2/db"

	"github.com/odooops/odooops/localcloud/durable"
)

// accounts keeps who registered: a client that registered before a restart
// uses its account's URL after it.
type accounts struct {
	file string
	mu   sync.Mutex
	keys map[string]*jose.JSONWebKey // by account id
}

func openAccounts(file string, store *db.MemoryStore) (*accounts, error) {
	a := &accounts{file: file, keys: map[string]*jose.JSONWebKey{}}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &a.keys)
	}
	if err != nil {
		return nil, fmt.Errorf("read the ACME accounts: %w", err)
	}
	for id, key := range a.keys {
		if err := restore(store, id, key); err != nil {
			return nil, fmt.Errorf("restore ACME account %s: %w", id, err)
		}
	}
	return a, nil
}

// restore adds an account under the id it had. pebble gives new accounts ids
// of its own choice, but files an account whose key changes under the id it
// has: so it is added with another key first.
func restore(store *db.MemoryStore, id string, key *jose.JSONWebKey) error {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	account := &core.Account{Account: acme.Account{Status: acme.StatusValid}, Key: &jose.JSONWebKey{Key: other.Public()}}
	if _, err := store.AddAccount(account); err != nil {
		return err
	}
	account.ID = id
	return store.ChangeAccountKey(account, key)
}

// remember notes the key of every account that next creates.
func (a *accounts) remember(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := &created{ResponseWriter: w, on: func(location string) {
			if key := newKey(body); key != nil {
				a.save(path.Base(location), key)
			}
		}}
		next.ServeHTTP(rec, r)
	})
}

// newKey is the key in a request that registers; other requests name their account.
func newKey(body []byte) *jose.JSONWebKey {
	var jws struct {
		Protected string `json:"protected"`
	}
	var header struct {
		Key *jose.JSONWebKey `json:"jwk"`
	}
	if json.Unmarshal(body, &jws) != nil {
		return nil
	}
	protected, err := base64.RawURLEncoding.DecodeString(jws.Protected)
	if err != nil || json.Unmarshal(protected, &header) != nil {
		return nil
	}
	return header.Key
}

func (a *accounts) save(id string, key *jose.JSONWebKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keys[id] = key
	b, err := json.Marshal(a.keys)
	if err == nil {
		// A lost account is registered again: no reason to fail the request.
		_ = durable.WriteFile(a.file, b, 0o600)
	}
}

// created calls on before a 201 with a Location goes out.
type created struct {
	http.ResponseWriter
	on func(location string)
}

func (c *created) WriteHeader(status int) {
	if location := c.Header().Get("Location"); status == http.StatusCreated && location != "" {
		c.on(location)
	}
	c.ResponseWriter.WriteHeader(status)
}
