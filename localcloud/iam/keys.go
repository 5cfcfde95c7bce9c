package iam

import (
	"crypto/rand"
	"net/http"

	"github.com/odooops/odooops/localcloud/records"
)

// NewAccessKey makes an access key id in the real format.
func NewAccessKey() string { return "AKIA" + rand.Text()[:16] }

// NewSecret makes a secret key.
func NewSecret() string { return (rand.Text() + rand.Text())[:40] }

func createAccessKey(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if len(u.Keys) >= maxKeys {
		return nil, refuse(http.StatusConflict, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: %d", maxKeys)
	}
	k := &records.AWSKey{ID: NewAccessKey(), Secret: NewSecret(), Status: active, Created: c.now}
	u.Keys[k.ID] = k
	return element{"AccessKey", []any{append(shownKey(u, k), text("SecretAccessKey", k.Secret))}}, nil // the only time the secret is shown
}

func shownKey(u *records.AWSUser, k *records.AWSKey) []element {
	return []element{
		text("UserName", u.Name), text("AccessKeyId", k.ID), text("Status", k.Status), date("CreateDate", k.Created),
	}
}

func (c *call) key() (*records.AWSUser, *records.AWSKey, error) {
	u, err := c.user()
	if err != nil {
		return nil, nil, err
	}
	k := u.Keys[c.Get("AccessKeyId")]
	if k == nil {
		return nil, nil, noSuch("Access Key", c.Get("AccessKeyId"))
	}
	return u, k, nil
}

func updateAccessKey(c *call) (any, error) {
	_, k, err := c.key()
	if err != nil {
		return nil, err
	}
	status := c.Get("Status")
	if status != active && status != inactive {
		return nil, refuse(http.StatusBadRequest, "ValidationError", "a key is %s or %s, not %q", active, inactive, status)
	}
	k.Status = status
	return nil, nil
}

func deleteAccessKey(c *call) (any, error) {
	u, k, err := c.key()
	if err == nil {
		delete(u.Keys, k.ID)
	}
	return nil, err
}

func listAccessKeys(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	var all []element
	for _, k := range records.Sorted(u.Keys) {
		all = append(all, member(shownKey(u, k)...))
	}
	return list("AccessKeyMetadata", all), nil
}
