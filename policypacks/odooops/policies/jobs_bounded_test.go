package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func scheduled(text any) policytest.Resource { return upload("/run/odooops/crontab", text) }

func TestAScheduledJobSaysHowLongItMayTake(t *testing.T) {
	c := policytest.Case{}
	c.Allows(t, jobsBounded(), scheduled("# backups\n\nMAILTO=x\n0 3 * * * timeout 12h backup-run full\n0 0-2,4-23 * * * timeout -k 10s 3h backup-run diff\n"))
	for _, bad := range []string{
		"0 3 * * * backup-run full", "0 3 * * * timeout backup-run full", "0 3 * * * timeout 0 backup-run full",
		"0 3 * * * timeout 2d backup-run full", "@daily backup-run full",
	} {
		c.Denies(t, jobsBounded(), "how long it may take", scheduled(bad))
	}
}

func TestNoJobIsScheduledMoreOftenThanEveryFiveMinutes(t *testing.T) {
	c := policytest.Case{}
	c.Allows(t, jobsBounded(), scheduled("*/5 * * * * timeout 1m check"))
	for _, bad := range []string{
		"* * * * * timeout 30s check", "*/4 * * * * timeout 30s check", "0,1 3 * * * timeout 30s check",
		"58,0 * * * * timeout 30s check", "*/30 0 * * * * * timeout 10s check",
	} {
		c.Denies(t, jobsBounded(), "let it start every 5m0s at most", scheduled(bad))
	}
	c.Denies(t, jobsBounded(), "can't be read", scheduled("every day timeout 1m check"))
}

func TestAScheduledActionOfOdooEnds(t *testing.T) {
	c := policytest.Case{}
	c.Allows(t, jobsBounded(), odooWith("limit_time_real_cron = 1800\n"))
	for _, bad := range []string{"", "limit_time_real_cron = 0\n", "limit_time_real_cron = -1\n", "limit_time_real_cron = 86400\n"} {
		c.Denies(t, jobsBounded(), "limit_time_real_cron", odooWith("workers = 0\n"+bad))
	}
}

func TestAJobThatAnUpdateWaitsForHasALimit(t *testing.T) {
	job := policytest.Resource{Type: container, Name: "odoo-init", Props: policytest.Props{"attach": true, "mustRun": false}}
	policytest.Case{}.Denies(t, jobsBounded(), "without a limit", job)
	job.CreateTimeout = "2h0m0s"
	policytest.Case{}.Allows(t, jobsBounded(), job)
}

func TestAScheduleThatNobodyKnowsYetIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, jobsBounded(), "uploads[0].content", scheduled(policytest.Unknown))
	policytest.Case{}.Waits(t, jobsBounded(), "attach", policytest.Resource{Type: container, Name: "job", Props: policytest.Props{"attach": policytest.Unknown}})
}
