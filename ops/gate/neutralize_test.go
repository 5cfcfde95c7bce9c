package gate

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNeutralizeWantsAFileOfModulesThatTalkOrHoldCredentials(t *testing.T) {
	assert.Empty(t, found(t, Neutralize{Dir: "testdata/neutralize/good"}))
	assert.Equal(t, []string{
		"fail acme_crm: it seems to talk to others (models/post.py imports requests) and brings no data/neutralize.sql",
		"warn acme_empty/data/neutralize.sql: it is empty",
		"fail acme_vault/models/vault.py:8: it holds a credential (api_key) and the module brings no data/neutralize.sql",
		"fail payment_acme: it seems to talk to others (by its name) and brings no data/neutralize.sql",
	}, found(t, Neutralize{Dir: "testdata/neutralize/bad"}))
}

func TestNeutralizeTakesAHarmlessModuleAsARestoreDoes(t *testing.T) {
	assert.Equal(t, []string{"warn acme_empty/data/neutralize.sql: it is empty"},
		found(t, Neutralize{Dir: "testdata/neutralize/bad", Harmless: []string{"acme_crm", "acme_vault", "payment_acme"}}))
}

func TestNeutralizeOnlyWarnsOfWhatIsNotInstalled(t *testing.T) {
	db := answering(`[{"name":"acme_crm","author":"Acme"},{"name":"sale","author":"Odoo S.A."},{"name":"web_timeline","author":"OCA"}]`, nil)
	all := found(t, Neutralize{Dir: "testdata/neutralize/bad", Database: db})
	require.Len(t, all, 5)
	assert.Contains(t, all[0], "fail acme_crm: it seems to talk")
	assert.Contains(t, all[2], "warn acme_vault/models/vault.py:8")
	assert.Contains(t, all[3], "warn payment_acme: ")
	assert.Equal(t, "warn web_timeline: it is installed in stack production and not in testdata/neutralize/bad", all[4])
}

// The image must ask the file that is embedded here, or the two drift apart.
func TestTheRestoreAsksTheSameRule(t *testing.T) {
	text, err := os.ReadFile("../../images/odoo/lib/neutralize.py")
	require.NoError(t, err)
	assert.Contains(t, string(text), "\nimport talks\n")
	assert.Contains(t, string(text), "talks.why(name, manifest.path)")
	assert.False(t, strings.Contains(string(text), "import ast"), "neutralize.py has a rule of its own")
}

func TestNeutralizeOfAFolderWithoutModulesIsNoPass(t *testing.T) {
	assert.Contains(t, refused(t, Neutralize{Dir: t.TempDir()}), "no module")
}
