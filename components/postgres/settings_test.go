package postgres

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/size"
)

func TestAnIdleSegmentIsArchivedAfterThirtySeconds(t *testing.T) {
	s, err := size.Lookup("s-2vcpu-4gb")
	require.NoError(t, err)
	conf, err := serverConf(s.Postgres, true)
	require.NoError(t, err)
	assert.Contains(t, conf, "archive_mode = on\n")
	assert.Contains(t, conf, "archive_timeout = 60s\n")
	assert.Contains(t, conf, "archive_command = '/usr/local/lib/odooops/pgbackrest-archive %p'\n")
	assert.Contains(t, conf, "max_connections = 90\n")
}

func TestAFullBackupADayAndADifferentialInEveryOtherHour(t *testing.T) {
	text, err := crontab()
	require.NoError(t, err)
	assert.Contains(t, text, "0 3 * * * timeout 12h backup-run full\n")
	assert.Contains(t, text, "0 0-2,4-23 * * * timeout 3h backup-run diff\n")
}

// The image's settings: see images/postgres/lib/pgbackrest.jq.
func TestAServerStopsInTimeThoughARepositoryIsAway(t *testing.T) {
	conf, err := os.ReadFile("../../images/postgres/lib/pgbackrest.jq")
	require.NoError(t, err)
	assert.Contains(t, string(conf), `"archive-timeout=10"`)
	// Twice three tries, a second after each.
	assert.Less(t, 2*3*(10+1), graceSeconds)
}

func TestWALIsNeverDroppedAndBackupsExpireOnlyByAnOperation(t *testing.T) {
	conf, err := os.ReadFile("../../images/postgres/lib/pgbackrest.jq")
	require.NoError(t, err)
	assert.NotContains(t, string(conf), "archive-push-queue-max")
	assert.Contains(t, string(conf), `"expire-auto=n"`)
}

func TestWithoutAnArchiveNothingIsKeptElsewhere(t *testing.T) {
	s, err := size.Lookup("s-1vcpu-2gb")
	require.NoError(t, err)
	conf, err := serverConf(s.Postgres, false)
	require.NoError(t, err)
	assert.Contains(t, conf, "archive_mode = off\n")
	assert.NotContains(t, conf, "pgbackrest")
	assert.NotContains(t, conf, "fsync", "a crash costs no data all the same")
}

func TestWhatStatementsCostIsInMemoryOnlyAndHasNoPassword(t *testing.T) {
	s, err := size.Lookup("s-1vcpu-2gb")
	require.NoError(t, err)
	conf, err := serverConf(s.Postgres, true)
	require.NoError(t, err)
	for _, line := range []string{
		"shared_preload_libraries = 'pg_stat_statements'", "pg_stat_statements.track_utility = off",
		"pg_stat_statements.save = off", "reserved_connections = 2",
	} {
		assert.Contains(t, conf, line+"\n")
	}
}

func TestAPreviewsServerTakesLittleAndDoesNothingWhenIdle(t *testing.T) {
	conf, err := previewConf(size.OfPreview().Postgres)
	require.NoError(t, err)
	for _, line := range []string{
		"fsync = off", "shared_buffers = 32MB", "max_wal_size = 64MB", "max_connections = 32", "jit = off",
		"archive_mode = off", "log_statement = none",
	} {
		assert.Contains(t, conf, line+"\n")
	}
}
