package restore

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/restore/quarantine"
)

func TestAllStepsAreMadeInTheirOrderAndTold(t *testing.T) {
	m, p := newMachine(), staged()
	r, said, err := try(t, m, p, nil)
	require.NoError(t, err)
	assert.True(t, r.Done)
	assert.Equal(t, Names(), names(r.Steps))
	for _, name := range Names() {
		assert.Contains(t, said, name+": ")
	}
	assert.Equal(t, []string{"check", "publish 20261122-010000F 123456 base,web", "switch", "answer"}, p.did)
	assert.Equal(t, "masked rows", p.got)
	assert.Equal(t, "gen-0002", r.Generation)
	assert.Equal(t, int64(7), r.Rows)
	assert.True(t, m.destroyed)
}

func TestWhateverFailsTheTargetIsLeftAloneAndTheQuarantineDestroyed(t *testing.T) {
	for _, step := range []string{"restore", "fetch", "odoo-neutralize", "check", "copy", "verify", "odoo-warm", "pack"} {
		t.Run(step, func(t *testing.T) {
			m, p := newMachine(), staged()
			m.codes[step] = 1
			r, _, err := try(t, m, p, nil)
			require.Error(t, err)
			assert.NotContains(t, p.did, "switch")
			assert.True(t, m.destroyed, "production's data is on it")
			assert.ErrorContains(t, err, "staging is as it was")
			assert.False(t, r.Done)
			assert.NotEmpty(t, r.Failed)
		})
	}
}

func TestAnOperatorWhoGivesUpLeavesNoQuarantine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m, p := newMachine(), staged()
	p.fail["publish"] = context.Canceled
	var said []string
	_, err := Run(ctx, Options{
		Source: Source{Stack: "production", Database: "odoo"}, Target: p, Now: now,
		Open: func(context.Context) (Quarantine, error) { cancel(); return m, nil },
		Say:  func(line string) { said = append(said, line) },
	})
	require.Error(t, err)
	assert.True(t, m.destroyed)
}

func TestWithoutAQuarantineNothingIsDestroyed(t *testing.T) {
	m, p := newMachine(), staged()
	_, _, err := try(t, m, p, func(o *Options) {
		o.Open = func(context.Context) (Quarantine, error) { return nil, quarantine.ErrBusy }
	})
	require.ErrorIs(t, err, quarantine.ErrBusy)
	assert.False(t, m.destroyed, "it is somebody else's")
	assert.Equal(t, []string{"check"}, p.did)
}

func TestAColumnThatTheManifestDoesNotKnowIsNamedWithALineForIt(t *testing.T) {
	m, p := newMachine(), staged()
	m.codes["check"] = mask.ExitUnclassified
	m.answers["check"] = mask.CheckResult{Unclassified: []mask.Unclassified{
		{Table: "res_partner", Column: "x_secret", Type: "varchar", Module: "base", Proposal: "fake name"},
	}}
	_, _, err := try(t, m, p, nil)
	require.ErrorContains(t, err, "res_partner.x_secret (varchar); in base.yaml: x_secret: fake name")
	assert.False(t, slices.Contains(m.ran, "mask copy"), "nothing was copied")
	assert.Equal(t, 1, fault.ExitCode(err))
}

func TestALeakIsToldByItsPlaceAndPublishesNothing(t *testing.T) {
	m, p := newMachine(), staged()
	m.codes["copy"] = mask.ExitFindings
	m.answers["copy"] = mask.CopyResult{Findings: []mask.Finding{{Table: "crm_lead", Column: "description", Kind: "email", Count: 3}}}
	_, _, err := try(t, m, p, nil)
	require.ErrorContains(t, err, "crm_lead.description: 3 × email")
	assert.Equal(t, []string{"check"}, p.did)
}

func TestAFailedCheckPublishesNothing(t *testing.T) {
	m, p := newMachine(), staged()
	m.codes["verify"] = mask.ExitFindings
	m.answers["verify"] = mask.VerifyResult{Checks: []mask.Check{{Name: "counts", Detail: []string{"res_users: 3 of 4"}}}}
	r, _, err := try(t, m, p, nil)
	require.ErrorContains(t, err, "counts: res_users: 3 of 4")
	assert.Equal(t, []string{"check"}, p.did)
	assert.Len(t, r.Checks, 1, "it is evidence")
}

func TestFilesThatWouldBeKeptAndAreNotThereAreRefused(t *testing.T) {
	m, p := newMachine(), staged()
	m.codes["copy"] = mask.ExitFindings
	m.answers["copy"] = mask.CopyResult{Files: &mask.FilesResult{Missing: []string{"ab/abcd"}}}
	_, _, err := try(t, m, p, nil)
	require.ErrorContains(t, err, "1 files that would be kept did not come with the data, such as ab/abcd")
	assert.Equal(t, []string{"check"}, p.did)
}

func TestFilesThatWereDamagedAreRefused(t *testing.T) {
	m, p := newMachine(), staged()
	m.answers["fetch"] = quarantine.Fetched{Corrupt: []string{"ab/abcd"}}
	_, _, err := try(t, m, p, nil)
	require.ErrorContains(t, err, "ab/abcd")
	assert.Equal(t, []string{"check"}, p.did)
}

func TestTheDataIsNeutralizedByTheImageThatItBelongsTo(t *testing.T) {
	m, p := newMachine(), staged()
	p.images.Odoo = "odoo@3"
	_, _, err := try(t, m, p, nil)
	require.NoError(t, err)
	assert.Equal(t, "odoo@1", m.asked["odoo-neutralize"].Image, "the backup's")
	assert.Contains(t, m.pulled, "odoo@1")
	assert.Equal(t, "odoo@3", m.asked["odoo-update"].Image, "the target's brings it up to date")
	assert.Equal(t, "odoo@3", m.asked["odoo-warm"].Image)
}

func TestWhatIsMaskedIsVerifiedBeforeAnUpdateMakesRows(t *testing.T) {
	m, p := newMachine(), staged()
	p.images.Odoo = "odoo@3"
	_, _, err := try(t, m, p, nil)
	require.NoError(t, err)
	assert.Less(t, slices.Index(m.ran, "mask verify"), slices.Index(m.ran, "update odoo-update"))
}

func TestAModuleThatTheOperatorLookedAtIsNamedToTheNeutralisation(t *testing.T) {
	m, p := newMachine(), staged()
	r, _, err := try(t, m, p, func(o *Options) { o.Harmless = []string{"acme_api", "acme_sync"} })
	require.NoError(t, err)
	assert.Equal(t, "acme_api,acme_sync", m.asked["odoo-neutralize"].Env["ODOO_NEUTRALIZE_ALLOW"])
	assert.Equal(t, []string{"acme_api", "acme_sync"}, r.Harmless, "it is evidence")
}

func TestATargetThatIsOnNewDataIsNotSaidToBeAsItWas(t *testing.T) {
	m, p := newMachine(), staged()
	p.fail["answer"] = fmt.Errorf("%w: no way back", ErrSwitched)
	_, _, err := try(t, m, p, nil)
	require.ErrorContains(t, err, "no way back")
	assert.NotContains(t, err.Error(), "as it was")
}

func TestAnImageThatIsGoneRefusesTheBackup(t *testing.T) {
	m, p := newMachine(), staged()
	p.images.Odoo, m.codes["pull"] = "odoo@3", 1
	_, _, err := try(t, m, p, nil)
	require.ErrorContains(t, err, "get the image that the backup belongs to")
	assert.False(t, slices.Contains(m.ran, "neutralize odoo-neutralize"))
}

func TestTheSameImageIsNotUpdated(t *testing.T) {
	m, p := newMachine(), staged()
	_, _, err := try(t, m, p, nil)
	require.NoError(t, err)
	assert.NotContains(t, m.asked, "odoo-update")
}

func TestOnlyWhatReadsTheRepositoriesGetsOut(t *testing.T) {
	m, p := newMachine(), staged()
	_, _, err := try(t, m, p, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"fra1.example.com"}, m.prepared.Endpoints)
	for command, c := range m.asked {
		if command == "restore" || command == "fetch" {
			assert.Equal(t, quarantine.Out, c.Network, command)
			continue
		}
		assert.NotEqual(t, quarantine.Out, c.Network, command)
		for name, text := range c.Files {
			assert.NotContains(t, text, "the-cipher", "%s gets %s", command, name)
		}
	}
}

func TestEachRunHasAKeyOfItsOwnThatIsKeptNowhere(t *testing.T) {
	keys := map[string]bool{}
	for range 2 {
		m, p := newMachine(), staged()
		r, said, err := try(t, m, p, nil)
		require.NoError(t, err)
		key := asked[mask.CopyRequest](t, m, "copy").Key
		require.Len(t, key, 32)
		keys[string(key)] = true
		text, err := json.Marshal(r)
		require.NoError(t, err)
		encoded, err := json.Marshal(key)
		require.NoError(t, err)
		assert.NotContains(t, string(text)+said, strings.Trim(string(encoded), `"`))
	}
	assert.Len(t, keys, 2)
}

func TestEveryUserGetsTheTargetsPasswordAndNoneOfProductionsSecretsMayStay(t *testing.T) {
	m, p := newMachine(), staged()
	_, _, err := try(t, m, p, nil)
	require.NoError(t, err)
	s := asked[mask.CopyRequest](t, m, "copy").Settings
	assert.Equal(t, mask.Settings{
		URL: "https://staging.example.com", Domain: "staging.example.com", AdminLogin: "boss@example.com",
		PasswordHash: "$hash", ProductionSecrets: []string{"abc"},
	}, s)
	assert.Equal(t, s, asked[mask.VerifyRequest](t, m, "verify").Settings)
}

func TestOriginalsAreNotServedWhileTheCopyIs(t *testing.T) {
	m, p := newMachine(), staged()
	_, _, err := try(t, m, p, nil)
	require.NoError(t, err)
	assert.Contains(t, m.stopped, quarantine.Raw)
}

func TestOtherDataIsOtherWork(t *testing.T) {
	works := map[string]bool{}
	for _, change := range []func(*Options){
		nil, func(o *Options) { o.Source.Point.At = "2026-11-22T04:00:00Z" }, func(o *Options) { o.Source.Point.Repo = 2 },
		func(o *Options) { o.Source.Stack = "other" },
	} {
		m, p := newMachine(), staged()
		_, _, err := try(t, m, p, change)
		require.NoError(t, err)
		works[m.prepared.Work] = true
	}
	assert.Len(t, works, 4)
}

func TestADumpIsLoadedInsteadOfABackup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dump")
	require.NoError(t, os.WriteFile(file, []byte("PGDMP and so on"), 0o600))
	m, p := newMachine(), staged()
	_, _, err := try(t, m, p, func(o *Options) { o.Source = Source{Stack: "dump", Database: "odoo", Dump: file, Odoo: "odoo@1"} })
	require.NoError(t, err)
	assert.Equal(t, "PGDMP and so on", m.taken["dump"])
	assert.NotContains(t, m.asked, "restore")
	assert.NotContains(t, m.asked, "fetch")
	assert.Contains(t, m.ran, "raw exec pg_restore")
}

func TestTheFilesOfOdoosZipComeAlong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dump.zip")
	out, err := os.Create(file)
	require.NoError(t, err)
	z := zip.NewWriter(out)
	for name, text := range map[string]string{"dump.sql": "SELECT 1;", "filestore/ab/abcd": "content", "manifest.json": "{}", "filestore/../evil": "x"} {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, out.Close())

	m, p := newMachine(), staged()
	_, _, err = try(t, m, p, func(o *Options) { o.Source = Source{Stack: "dump", Database: "odoo", Dump: file, Odoo: "odoo@1"} })
	require.NoError(t, err)
	assert.Equal(t, "SELECT 1;", m.taken["dump"])
	assert.Contains(t, m.taken["files.tar"], "ab/abcd")
	assert.NotContains(t, m.taken["files.tar"], "evil")
	assert.Contains(t, m.ran, "raw exec psql")
}

func TestAFileThatIsNoDumpIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(file, []byte("hello world"), 0o600))
	_, _, err := try(t, newMachine(), staged(), func(o *Options) { o.Source = Source{Stack: "dump", Database: "odoo", Dump: file} })
	require.ErrorContains(t, err, "give Odoo's zip (dump.sql and filestore/) or a file of pg_dump -Fc")
}

func TestAServersErrorIsToldWithoutTheRowThatItIsAbout(t *testing.T) {
	err := terse(&quarantine.ExitError{Role: "raw", Output: quarantine.Output{Code: 3, Tail: []string{
		`psql:<stdin>:7: ERROR:  duplicate key value violates unique constraint "res_users_login_key"`, `DETAIL:  Key (login)=(jane@example.com) already exists.`,
	}}})
	assert.Equal(t, "ERROR:  duplicate key value violates unique constraint", err.Error())
}

func TestAStreamThatBreaksOffIsAnErrorOfTheReceiver(t *testing.T) {
	m, p := newMachine(), staged()
	m.codes["pack"] = 1
	_, _, err := try(t, m, p, nil)
	require.ErrorContains(t, err, "the disk broke")
	assert.NotContains(t, p.did, "switch")
}

func TestAFailureAfterTheSwitchIsTheTargetsToTakeBack(t *testing.T) {
	m, p := newMachine(), staged()
	p.fail["answer"] = errors.New("no login page")
	r, _, err := try(t, m, p, nil)
	require.ErrorContains(t, err, "no login page")
	assert.Equal(t, "answer", r.Failed)
	assert.True(t, m.destroyed)
}
