package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func modulesFrom(paths string) policytest.Resource {
	return odooWith("[options]\naddons_path = " + paths + "\n")
}

func TestModulesComeFromOdooThenOCAThenTheTeamAndNowhereElse(t *testing.T) {
	production := policytest.Case{}
	production.Allows(t, addonsPath(), modulesFrom("/mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai"))
	for _, bad := range []string{
		"", "/mnt/addons/odoo", "/mnt/addons/oca,/mnt/addons/odoo,/mnt/addons/ipai",
		"/mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai,/mnt/extra-addons",
		"/mnt/addons/odoo,/mnt/addons/oca,/mnt/extra-addons",
		"/mnt/addons/odoo,/tmp/addons/oca,/mnt/addons/ipai",
		"/mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai,/mnt/addons/odooops",
	} {
		production.Denies(t, addonsPath(), "addons_path is", modulesFrom(bad))
	}
	production.Denies(t, addonsPath(), "--addons-path", policytest.Resource{Type: container, Name: "odoo", Props: policytest.Props{
		"command": []any{"odoo", "--addons-path=/tmp"},
	}})
}

func TestTheCatchersModuleIsOutsideProductionOnly(t *testing.T) {
	staging.Allows(t, addonsPath(), modulesFrom("/mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai,/mnt/addons/odooops"))
	staging.Denies(t, addonsPath(), "addons_path is", modulesFrom("/mnt/addons/odooops,/mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai"))
}

func TestAnAddonsPathThatNobodyKnowsYetIsWaitedFor(t *testing.T) {
	staging.Waits(t, addonsPath(), "uploads[0].content", odooWith(policytest.Unknown))
}
