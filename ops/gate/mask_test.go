package gate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/mask"
)

func TestMaskWantsEveryColumnOfTheModulesInTheManifest(t *testing.T) {
	assert.Empty(t, found(t, Mask{Dir: "testdata/mask/good"}))
	f := "fail acme/models/partner.py:"
	assert.Equal(t, []string{
		f + "7: res_partner.nickname (character varying) has no class: a restore would refuse it",
		f + "14: res_partner.acme_points (integer) has no class: a restore would refuse it",
		f + "15: res_partner.acme_city (character varying) has no class: a restore would refuse it",
		f + "16: res_partner.acme_slogan (jsonb) has no class: a restore would refuse it",
		f + "17: res_partner.acme_photo (bytea) has no class: a restore would refuse it",
		f + "24: acme_lvl.birthday (date) has no class: a restore would refuse it",
		f + "25: acme_lvl.acme_partner_id (jsonb) has no class: a restore would refuse it",
		f + "31: acme_wizard.email (character varying) has no class: a restore would refuse it",
	}, found(t, Mask{Dir: "testdata/mask/bad"}))
}

func TestMaskTakesTheManifestOfAFolder(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "acme.yaml"), []byte(`
module: acme
tables:
  acme_wizard: truncate
  acme_lvl: {birthday: fake date, acme_partner_id: keep}
  res_partner: {nickname: fake name, acme_points: keep, acme_city: fake city, acme_slogan: redact}
`), 0o600))
	sources, err := ReadManifest("x", dir)
	require.NoError(t, err)
	assert.Equal(t, []string{"fail acme/models/partner.py:17: res_partner.acme_photo (bytea) has no class: a restore would refuse it"},
		found(t, Mask{Dir: "testdata/mask/bad", Sources: sources}))
	_, err = ReadManifest("x", t.TempDir())
	require.ErrorContains(t, err, "no file of a manifest")
}

func TestMaskProposesWhatTheRestoreProposes(t *testing.T) {
	r, err := Mask{Dir: "testdata/mask/bad"}.Check(context.Background())
	require.NoError(t, err)
	var next []string
	for _, f := range r.Findings {
		next = append(next, f.Next)
	}
	all := strings.Join(next, "\n")
	assert.Contains(t, all, "proposed for acme.yaml: birthday: fake date")
	assert.Contains(t, all, "truncate acme_wizard")
}

func TestMaskOfADatabaseSaysWhatTheRestoreWouldRefuse(t *testing.T) {
	ask := func(context.Context, map[string]string) (mask.CheckResult, error) {
		return mask.CheckResult{
			Unclassified: []mask.Unclassified{{Table: "res_partner", Column: "x_nick", Type: "text", Proposal: "fake text"}},
			Problems:     []string{"res_partner.ref: redact: it is unique"},
		}, nil
	}
	assert.Equal(t, []string{
		"fail stack production: res_partner.x_nick (text, of no module) has no class",
		"fail stack production: res_partner.ref: redact: it is unique",
	}, found(t, Mask{Database: "stack production", Ask: ask}))
	down := func(context.Context, map[string]string) (mask.CheckResult, error) {
		return mask.CheckResult{}, errors.New("it is down")
	}
	assert.Contains(t, refused(t, Mask{Database: "stack production", Ask: down}), "it is down")
}

func TestMaskOfAFolderWithoutModulesIsNoPass(t *testing.T) {
	assert.Contains(t, refused(t, Mask{Dir: t.TempDir()}), "no module")
	assert.Contains(t, refused(t, Mask{Dir: "testdata/mask/good", Sources: map[string]string{"a.yaml": "nonsense"}}), "a.yaml")
}
