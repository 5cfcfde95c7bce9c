package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func backupWith(crontab any) policytest.Resource {
	r := upload("/run/odooops/crontab", crontab)
	r.Name = "production-backup"
	r.Props["labels"] = []any{map[string]any{"label": "odooops.role", "value": "backup"}}
	return r
}

func TestProductionsDataIsProtected(t *testing.T) {
	good := backupWith("0 3 * * * timeout 12h backup-run full\n")
	bare := disk(20)
	bare.Protected = false
	c := policytest.Case{}
	c.Allows(t, dataKept(), disk(20), good)
	c.Denies(t, dataKept(), "is not protected", bare, good)
	c.LetGo = true
	c.Allows(t, dataKept(), bare, good)
	staging.Allows(t, dataKept(), bare)
}

func TestProductionsDataIsBackedUp(t *testing.T) {
	c := policytest.Case{}
	c.Denies(t, dataKept(), "nothing backs it up", disk(20))
	c.Denies(t, dataKept(), "nothing backs it up", disk(20), backupWith("0 3 * * * timeout 12h true\n"))
	other := backupWith("0 3 * * * timeout 12h backup-run full\n")
	other.Props["labels"] = []any{map[string]any{"label": "odooops.role", "value": "odoo"}}
	c.Denies(t, dataKept(), "nothing backs it up", disk(20), other)
}

func TestWhetherDataIsBackedUpIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, dataKept(), "uploads[0].content", disk(20), backupWith(policytest.Unknown))
	unnamed := backupWith("")
	unnamed.Props["labels"] = policytest.Unknown
	policytest.Case{}.Waits(t, dataKept(), "labels", disk(20), unnamed)
}
