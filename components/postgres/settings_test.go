package postgres

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/size"
)

func TestAnIdleSegmentIsArchivedAfterThirtySeconds(t *testing.T) {
	s, err := size.Lookup("s-2vcpu-4gb")
	require.NoError(t, err)
	conf, err := serverConf(s.Postgres, "production")
	require.NoError(t, err)
	assert.Contains(t, conf, "archive_mode = on\n")
	assert.Contains(t, conf, "archive_timeout = 30s\n")
	assert.Contains(t, conf, "archive_command = 'pgbackrest --stanza=production archive-push %p'\n")
	assert.Contains(t, conf, "max_connections = 90\n")
}

func TestWALIsQueuedOnTheDataVolumeAndNeverDropped(t *testing.T) {
	conf, err := backupConf(Repository{Stanza: "production"})
	require.NoError(t, err)
	assert.Contains(t, conf, "archive-async=y\n")
	assert.Contains(t, conf, "spool-path=/var/lib/postgresql/data/spool\n")
	assert.NotContains(t, conf, "archive-push-queue-max")
}

func TestBackupsAreEncryptedAndExpireOnlyByAnOperation(t *testing.T) {
	conf, err := backupConf(Repository{Cipher: "c1pher"})
	require.NoError(t, err)
	assert.Contains(t, conf, "repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=c1pher\n")
	assert.Contains(t, conf, "expire-auto=n\n")
}

func TestAFullBackupADayAndADifferentialInEveryOtherHour(t *testing.T) {
	text, err := crontab("production")
	require.NoError(t, err)
	assert.Contains(t, text, "0 3 * * * pgbackrest --stanza=production --type=full backup\n")
	assert.Contains(t, text, "0 0-2,4-23 * * * pgbackrest --stanza=production --type=diff backup\n")
}

func TestAServerStopsInTimeThoughTheRepositoryIsAway(t *testing.T) {
	conf, err := backupConf(Repository{Stanza: "production"})
	require.NoError(t, err)
	assert.Contains(t, conf, "[global:archive-push]\narchive-timeout=10\n")
	// Twice three tries, a second after each.
	assert.Less(t, 2*3*(10+1), graceSeconds)
}

func TestWithoutAnArchiveNothingIsKeptElsewhere(t *testing.T) {
	s, err := size.Lookup("s-1vcpu-2gb")
	require.NoError(t, err)
	conf, err := serverConf(s.Postgres, "")
	require.NoError(t, err)
	assert.Contains(t, conf, "archive_mode = off\n")
	assert.NotContains(t, conf, "pgbackrest")
	assert.NotContains(t, conf, "fsync", "a crash costs no data all the same")
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
