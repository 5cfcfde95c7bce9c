package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/odooops/odooops/ops/status"
)

func TestFiringAlertsFollowTheTable(t *testing.T) {
	rows := []status.Row{{Stack: "platform"}, {Stack: "production", Alerts: []status.Alert{{
		Name: "SiteDown", Severity: "page", Stack: "production", Since: time.Now().Add(-3 * time.Minute),
		Runbook: "docs/runbooks/site-down.md", Summary: "production is down",
	}}}}
	var out strings.Builder
	printStatus(&out, rows)
	assert.Regexp(t, `(?m)^ALERT +SEVERITY +STACK +FIRES SINCE +RUNBOOK +SUMMARY\nSiteDown +page +production +3m ago +docs/runbooks/site-down.md +production is down$`, out.String())

	out.Reset()
	printStatus(&out, rows[:1])
	assert.NotContains(t, out.String(), "ALERT")
}
