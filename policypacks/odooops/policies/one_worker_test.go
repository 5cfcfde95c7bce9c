package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

// odooWith is an Odoo with this odoo.conf, a secret as in the program.
func odooWith(conf any) policytest.Resource {
	return upload("/run/odooops/odoo.conf", conf)
}

func upload(file string, text any) policytest.Resource {
	if s, ok := text.(string); ok {
		text = policytest.Secret(s)
	}
	return policytest.Resource{Type: container, Name: "odoo", Props: policytest.Props{
		"uploads": []any{map[string]any{"file": file, "content": text}},
	}}
}

func TestOutsideProductionOdooHasOneWorker(t *testing.T) {
	staging.Allows(t, oneWorker(), odooWith("[options]\nworkers = 1\nmax_cron_threads = 1\n"))
	staging.Allows(t, oneWorker(), odooWith("[options]\nworkers = 0\nmax_cron_threads = 0\n"))
	staging.Denies(t, oneWorker(), "workers is 4", odooWith("[options]\nworkers = 4\nmax_cron_threads = 1\n"))
	staging.Denies(t, oneWorker(), "max_cron_threads is 2", odooWith("[options]\nworkers = 1\n"))
	staging.Denies(t, oneWorker(), "workers is many", odooWith("workers=many\nmax_cron_threads = 1"))
	preview7.Denies(t, oneWorker(), "workers is 3", policytest.Resource{Type: container, Name: "odoo", Props: policytest.Props{
		"command": []any{"odoo", "--workers", "3", "--max-cron-threads=1"},
	}})
}

func TestProductionHasTheWorkersOfItsSize(t *testing.T) {
	policytest.Case{}.Allows(t, oneWorker(), odooWith("[options]\nworkers = 9\nmax_cron_threads = 2\n"))
}

func TestWhatIsNoOdooHasNoWorkers(t *testing.T) {
	staging.Allows(t, oneWorker(), upload("/etc/loki.yaml", "workers = 4"))
	staging.Allows(t, oneWorker(), policytest.Resource{Type: container, Name: "edge"})
}

func TestAConfigurationThatNobodyKnowsYetIsWaitedFor(t *testing.T) {
	staging.Waits(t, oneWorker(), "uploads[0].content", odooWith(policytest.Unknown))
}
