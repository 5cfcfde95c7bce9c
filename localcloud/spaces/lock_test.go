package spaces

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALockEndsWithItsTimeAndGovernanceByBypass(t *testing.T) {
	made := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, mode := range []string{governance, compliance} {
		r := (&Lock{Mode: mode, Days: 30}).from(made)
		require.True(t, r.holds(made.AddDate(0, 0, 30).Add(-time.Second), false))
		require.Equal(t, mode == compliance, r.holds(made, true))
		require.False(t, r.holds(made.AddDate(0, 0, 30), false))
	}
	require.False(t, (*Retention)(nil).holds(made, false))
}

func TestTheBucketInAHostOfAWS(t *testing.T) {
	for host, bucket := range map[string]string{
		"s3.eu-west-1.amazonaws.com":       "",
		"wal.s3.eu-west-1.amazonaws.com":   "wal",
		"a.wal.s3.eu-west-1.amazonaws.com": "a.wal",
		"wal.s3.amazonaws.com":             "wal",
		"s3.amazonaws.com":                 "",
		"127.0.0.1":                        "",
	} {
		require.Equal(t, bucket, awsBucket(host), host)
	}
}
