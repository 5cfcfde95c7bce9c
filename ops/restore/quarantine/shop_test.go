package quarantine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/stacks/config"
)

func shop(t *testing.T) *Shop {
	t.Helper()
	b, err := backend.Open(map[string]string{"PULUMI_BACKEND_URL": "file://" + t.TempDir()})
	require.NoError(t, err)
	return &Shop{
		Backend: b, BackendID: "id", Say: func(string) {},
		Now: func() time.Time { return time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC) },
	}
}

func TestAQuarantineEndsAnHourAfterItsUserDid(t *testing.T) {
	s := shop(t)
	require.NoError(t, s.extend(t.Context(), "restore-staging", map[string]string{index.Owner: "me"}))
	tags, err := s.Backend.Tags(t.Context(), "restore-staging")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{index.ExpiresAt: "2026-11-22T05:00:00Z", index.Owner: "me"}, tags)
	s.Now = func() time.Time { return time.Date(2026, 11, 22, 4, 30, 0, 0, time.UTC) }
	require.NoError(t, s.extend(t.Context(), "restore-staging", nil))
	tags, err = s.Backend.Tags(t.Context(), "restore-staging")
	require.NoError(t, err)
	assert.Equal(t, "2026-11-22T05:30:00Z", tags[index.ExpiresAt])
	assert.Equal(t, "me", tags[index.Owner])
}

func TestTheMachinesKeyIsKnownToWhoeverMayLogIn(t *testing.T) {
	s := shop(t)
	r := Request{ID: "staging", Size: "s-2vcpu-4gb", VolumeSizeGB: 100, OperatorKey: "the operator's key\n", Owner: "me", Source: "production", Target: "staging"}
	one, _, err := s.values(t.Context(), "restore-staging", r)
	require.NoError(t, err)
	r.OperatorKey = "the operator's key" // as another clone may have it
	two, _, err := s.values(t.Context(), "restore-staging", r)
	require.NoError(t, err)
	assert.Equal(t, one["hostKey"], two["hostKey"])
	other, _, err := s.values(t.Context(), "restore-template", r)
	require.NoError(t, err)
	assert.NotEqual(t, one["hostKey"], other["hostKey"])
	_, err = config.PublicKey(one["hostKey"])
	require.NoError(t, err)
}

func TestOnlyAQuarantineIsDestroyed(t *testing.T) {
	for _, stack := range []string{"production", "staging", "platform", "preview-pr-1"} {
		assert.ErrorContains(t, shop(t).Destroy(t.Context(), stack), "it is no quarantine")
	}
}

func TestWhereNothingBootsNothingIsMade(t *testing.T) {
	s := shop(t)
	s.Recorded = true
	_, err := s.Open(t.Context(), Request{ID: "staging", Source: "production"})
	require.ErrorContains(t, err, "records only")
	stacks, err := s.Backend.Stacks(t.Context())
	require.NoError(t, err)
	assert.Empty(t, stacks)
}
