package index

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExpiryIsNeverForever(t *testing.T) {
	_, err := Expiry(nil)
	assert.ErrorContains(t, err, "no tag")
	_, err = Expiry(map[string]string{ExpiresAt: "tomorrow"})
	assert.ErrorContains(t, err, "tomorrow")
	at, err := Expiry(map[string]string{ExpiresAt: "2030-01-01T00:00:00Z"})
	require.NoError(t, err)
	assert.Equal(t, 2030, at.Year())
}
