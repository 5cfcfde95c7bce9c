// Package index names the tags that say what a stack is about, beside its
// state and without opening it. The expiry tag is the only truth about when a
// preview or a staging ends. It decides nothing.
package index

import (
	"errors"
	"fmt"
	"time"
)

// The tags that operations set.
const (
	ExpiresAt = "odooops:expires-at" // RFC 3339
	Created   = "odooops:created"    // RFC 3339
	Owner     = "odooops:owner"
	HostID    = "odooops:host-id"     // droplet that a preview's containers were made on
	Reset     = "odooops:reset-token" // of the last --reset-data
)

// Expiry is when a stack ends.
func Expiry(tags map[string]string) (time.Time, error) {
	text := tags[ExpiresAt]
	if text == "" {
		return time.Time{}, errors.New("it has no tag " + ExpiresAt)
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("its tag %s is %q, which is no time (RFC 3339)", ExpiresAt, text)
	}
	return at, nil
}
