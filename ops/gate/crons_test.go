package gate

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCronsRunEveryFiveMinutesAtMostAndEnd(t *testing.T) {
	assert.Empty(t, found(t, Crons{Dir: "testdata/crons/good"}))
	m := "addons/ipai/acme/"
	assert.Equal(t, []string{
		"fail " + m + "data/cron.xml:3: often runs every 1 minutes, more often than every 5 minutes",
		"fail " + m + "data/cron.xml:5: often has a loop without an end",
		"fail " + m + "data/cron.xml:10: default runs every 1 minutes, more often than every 5 minutes",
		"fail " + m + "data/cron.xml:14: unknown runs every \"int(30 / 10)\" \"hours\", which can't be told from the file",
		"fail " + m + "data/cron.xml:18: never runs every 0 days",
		"fail " + m + "data/cron.xml:22: odd runs every \"1\" \"seconds\", which can't be told from the file",
		"fail " + m + "data/cron.xml:26: mail.ir_cron_mail_gateway_action runs every 2 minutes, more often than every 5 minutes",
		"warn " + m + "data/cron.xml:28: it calls create of ir.cron: how often that runs can't be told",
		"fail " + m + "data/ir.cron.csv:2: quick runs every 4 minutes, more often than every 5 minutes",
		"fail " + m + "models/broken.py:1: it can't be read as Python: invalid syntax",
		"fail " + m + "models/cron.py:7: it replaces _update_failure_count of ir.cron",
		"fail long.conf:2: limit_time_real is 7200: a scheduled action may run for 2h0m0s",
		"fail odoo.conf:2: limit_time_real_cron is 0: a scheduled action may run for ever",
	}, found(t, Crons{Dir: "testdata/crons/bad"}))
}

func TestCronsOfADatabaseAreOffWhenTheyFailAgainAndAgain(t *testing.T) {
	db := answering(`[
		{"name":"fine","interval_number":5,"interval_type":"minutes","failure_count":0,"timed_out":0},
		{"name":"late","interval_number":1,"interval_type":"hours","failure_count":1,"timed_out":2},
		{"name":"lost","interval_number":1,"interval_type":"minutes","failure_count":5,"timed_out":0}]`, nil)
	assert.Equal(t, []string{
		"warn late: it has failed 1 times, and 2 runs since were over the limit",
		"fail lost: it runs every 1 minutes, more often than every 5 minutes",
		"fail lost: it is active after 5 failures, one after the other",
	}, found(t, Crons{Database: db, Failures: 5}))
	assert.Contains(t, refused(t, Crons{Database: db}), "give --failures a number")
	assert.Contains(t, refused(t, Crons{Database: answering("[]", nil), Failures: 5}), "nothing to look at")
}

func TestCronsOfAFolderWithoutModulesIsNoPass(t *testing.T) {
	assert.Contains(t, refused(t, Crons{Dir: t.TempDir()}), "no module")
}
