package restoretest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/ops/restore/quarantine"
	"github.com/odooops/odooops/stacks/config"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// machine is a fake one: what each role answers, and what was run.
type machine struct {
	answers   map[string]string // stdout by role, or by the first word of what is executed
	fails     map[string]error
	ran       []string
	sql       []string
	destroyed bool
}

func (m *machine) did(what string) (quarantine.Output, error) {
	m.ran = append(m.ran, what)
	return quarantine.Output{Stdout: m.answers[what]}, m.fails[what]
}

func (m *machine) Prepare(context.Context, quarantine.Settings, func(string)) error { return nil }
func (m *machine) Pull(_ context.Context, image, _ string, _ func(string)) error {
	_, err := m.did("pull " + image)
	return err
}

func (m *machine) Run(_ context.Context, c quarantine.Container, _ func(string)) (quarantine.Output, error) {
	return m.did(c.Role)
}

func (m *machine) Exec(_ context.Context, e quarantine.Exec) (quarantine.Output, error) {
	m.sql = append(m.sql, e.Stdin)
	if strings.Contains(e.Stdin, "count(*)") {
		return m.did("count")
	}
	return m.did(e.Command[0])
}
func (m *machine) Stop(context.Context, ...string) error  { return nil }
func (m *machine) Empty(context.Context, ...string) error { return nil }
func (m *machine) Own(_ context.Context, dir, owner string) error {
	m.ran = append(m.ran, "own "+dir+" "+owner)
	return nil
}
func (m *machine) Take(context.Context, string, io.Reader) error { return nil }
func (m *machine) Pack(context.Context, string, map[string]string, io.Writer) error {
	return nil
}
func (m *machine) Destroy(context.Context) error { m.destroyed = true; return m.fails["destroy"] }

// sound is a machine on which everything comes back.
func sound() *machine {
	return &machine{fails: map[string]error{}, answers: map[string]string{
		"restore": `{"backup":"20261122-030000F","timeline":2,"lastCommit":"2026-11-22T11:59:30Z","systemId":7,"annotations":{"odoo-image":"odoo@sha256:then"}}`,
		"fetch":   `{"files":12,"bytes":34000000,"missing":[],"corrupt":[]}`,
		"count":   "res_users|5\nres_partner|40\nres_company|1\nir_module_module|600\nir_model_data|9000\nir_attachment|80\n|217\n",
	}}
}

func options(m *machine, newest backup.Backup) Options {
	return Options{
		Stack: "production", Odoo: "odoo@sha256:now", Postgres: "postgres@sha256:1", Backup: newest,
		Archive: backup.Archive{Database: "odoo", Repositories: []backup.ArchiveAddress{{Repository: config.Repository{Number: 2}}}},
		Hash:    func(string) (string, error) { return "$pbkdf2$", nil },
		Open:    func(context.Context) (Machine, error) { return m, nil },
		Say:     func(string) {}, Now: func() time.Time { return noon },
	}
}

func tried(t *testing.T, m *machine) (Result, error) {
	t.Helper()
	return Run(t.Context(), options(m, backup.Backup{Label: "20261122-030000F", Stop: noon.Add(-9 * time.Hour).Unix()}))
}

func TestABackupThatComesBackWholePasses(t *testing.T) {
	m := sound()
	r, err := tried(t, m)
	require.NoError(t, err)
	assert.True(t, r.OK)
	assert.Equal(t, 2, r.Repository)
	assert.Equal(t, 30, r.CommitAgeSeconds)
	assert.Equal(t, int64(40), r.Rows["res_partner"])
	assert.Equal(t, 217, r.Tables)
	assert.Equal(t, 12, r.Files)
	assert.Equal(t, "odoo@sha256:then", r.Odoo, "a database works with the code that it was updated by")
	assert.Contains(t, m.ran, "pull odoo@sha256:then")
	assert.Subset(t, m.ran, []string{"restore", "checksums", "pg_amcheck", "fetch", "own rawfiles 101:101", "odoo"})
	assert.True(t, m.destroyed)
	assert.Equal(t, "destroy", r.Checks[len(r.Checks)-1].Name)
}

func TestWhatIsWrongFailsAndTheMachineGoesAllTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*machine)
		want   string
	}{
		"a corrupted object": {func(m *machine) { m.fails["restore"] = errors.New("checksum of base/5/1259 is wrong") }, "restore: checksum of base/5/1259"},
		"a damaged page":     {func(m *machine) { m.fails["checksums"] = errors.New("1 bad checksum") }, "checksums: 1 bad checksum"},
		"a broken index":     {func(m *machine) { m.fails["pg_amcheck"] = errors.New("heap tuple lacks index tuple") }, "tables and indexes"},
		"an older backup": {func(m *machine) {
			m.answers["restore"] = strings.Replace(m.answers["restore"], "20261122-03", "20261121-03", 1)
		}, "the newest good one is 20261122-030000F"},
		"WAL that is missing": {func(m *machine) {
			m.answers["restore"] = strings.Replace(m.answers["restore"], "T11:59", "T03:00", 1)
		}, "WAL is missing"},
		"an empty table": {func(m *machine) {
			m.answers["count"] = strings.Replace(m.answers["count"], "res_users|5", "res_users|0", 1)
		}, "table res_users is empty"},
		"a missing file":              {func(m *machine) { m.answers["fetch"] = `{"missing":["ab/abc"]}` }, "1 files that rows name are not in the repository, such as ab/abc"},
		"a corrupted file":            {func(m *machine) { m.answers["fetch"] = `{"corrupt":["ab/abc"]}` }, "are not what they were when they were stored"},
		"an image that is gone":       {func(m *machine) { m.fails["pull odoo@sha256:then"] = errors.New("not found") }, "get the image that the backup belongs to"},
		"an Odoo that does not start": {func(m *machine) { m.fails["odoo"] = errors.New("the server ended") }, "odoo: the server ended"},
	} {
		m := sound()
		c.change(m)
		r, err := tried(t, m)
		assert.ErrorContains(t, err, c.want, name)
		assert.False(t, r.OK, name)
		assert.True(t, m.destroyed, name)
	}
}

func TestAnIdleDatabaseIsAsYoungAsItsBackup(t *testing.T) {
	m := sound()
	m.answers["restore"] = `{"backup":"20261122-113000F","lastCommit":""}`
	at := noon.Add(-30 * time.Minute)
	r, err := Run(t.Context(), options(m, backup.Backup{Label: "20261122-113000F", Stop: at.Unix()}))
	require.NoError(t, err)
	assert.Equal(t, 1800, r.CommitAgeSeconds)
	assert.Equal(t, "odoo@sha256:now", r.Odoo, "the backup does not say")
}

func TestAMachineThatStaysIsAFailureThoughTheBackupIsSound(t *testing.T) {
	m := sound()
	m.fails["destroy"] = errors.New("locked")
	r, err := tried(t, m)
	assert.ErrorContains(t, err, "locked")
	assert.False(t, r.OK)
}

func TestNoValueOfTheDatabaseIsInTheEvidence(t *testing.T) {
	m := sound()
	_, err := tried(t, m)
	require.NoError(t, err)
	for _, q := range m.sql {
		for _, line := range strings.Split(q, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "SELECT") && !strings.Contains(line, "store_fname") {
				assert.Contains(t, line, "count(*)", "counts alone are asked for")
			}
		}
	}
}
