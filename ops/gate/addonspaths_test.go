package gate

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAddonsPathsAreOdooOCAIpaiInOrder(t *testing.T) {
	assert.Empty(t, found(t, AddonsPaths{Dir: "testdata/addons-paths/good"}))
	assert.Equal(t, []string{
		"fail Dockerfile:3: addons_path has /opt/extra, which is none of odoo, oca and ipai",
		"fail missing.conf: it sets no addons_path",
		"fail odoo.conf:3: addons_path is addons/odoo,addons/ipai,addons/oca: want odoo, oca, ipai, each once, in this order",
		"fail twice.conf:2: addons_path is addons/odoo,addons/oca,addons/oca,addons/ipai: want odoo, oca, ipai, each once, in this order",
	}, found(t, AddonsPaths{Dir: "testdata/addons-paths/bad"}))
}

func TestAddonsPathsOfTheImageAreThemselvesInOrder(t *testing.T) {
	assert.Empty(t, found(t, AddonsPaths{Dir: "../../components/odoo/files"}))
}

func TestAddonsPathsWithoutAConfigurationIsNoPass(t *testing.T) {
	assert.Contains(t, refused(t, AddonsPaths{Dir: tempTree(t, map[string]string{"README.md": "addons_path"})}), "no odoo.conf")
}

func TestAnOptionBeforeItsSectionIsNotOdoos(t *testing.T) {
	assert.Equal(t, []option{{"addons_path", "a,\nb", 4}}, parseConf("[x]\naddons_path = no\n[options]\naddons_path: a,\n   b\n# c\n[y]\ndb = z\n"))
}
