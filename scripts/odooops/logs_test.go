package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/logs"
)

func TestWhatLogsCantShowIsToldBeforeAnythingIsAsked(t *testing.T) {
	for want, args := range map[string][]string{
		"there is no source \"oddo\"":          {"platform", "--source", "oddo"},
		"one of: odoo, postgres":               {"platform", "--source", "odoo,nothing"},
		"there is no level \"warn\"":           {"platform", "--level", "warn"},
		"missing closing )":                    {"platform", "--grep", "/(/"},
		"in the future":                        {"platform", "--since", "2999-01-01T00:00:00Z"},
		"--since -5m is in the future":         {"platform", "--since", "-5m"},
		"--since \"yesterday\"":                {"platform", "--since", "yesterday"},
		"--until 1h is not after --since 15m":  {"platform", "--until", "1h"},
		"--follow has no end":                  {"platform", "--until", "1m", "--follow"},
		"--limit -1":                           {"platform", "--limit", "-1"},
		"Pulumi.nonsense.yaml does not exist":  {"nonsense"},
		"it is the machine of a restore":       {"restore-staging"},
		"Pulumi.preview.yaml is what all prev": {"preview"},
	} {
		code, _, stderr := run(t, platformConfig, append([]string{"logs"}, args...)...)
		assert.Equal(t, 2, code, "%v", args)
		assert.Contains(t, stderr, want)
	}
	for _, stack := range []string{"platform", "preview-pr-7"} {
		code, stdout, stderr := run(t, platformConfig, "logs", stack, "--json")
		assert.Equal(t, 1, code, "%s", stderr)
		assert.Contains(t, stdout, "the platform platform is not there")
		assert.Contains(t, stdout, "odooops up platform")
	}
}

func TestMomentsAreAgoOrATime(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"15m": "2026-11-22T07:45:00Z", "3d": "2026-11-19T08:00:00Z", "1h30m": "2026-11-22T06:30:00Z",
		"2026-11-22T08:00:00+01:00": "2026-11-22T07:00:00Z",
	} {
		at, err := moment(text, now)
		require.NoError(t, err)
		assert.Equal(t, want, at.UTC().Format(time.RFC3339))
	}
}

func TestALineIsPrintedForPeople(t *testing.T) {
	l := logs.Line{
		Time: time.Date(2026, 11, 22, 8, 0, 1, 123456789, time.UTC), Role: "odoo", Level: "warning",
		Text: "2026-11-22 08:00:01,122 7 WARNING odoo odoo.http: text\nand more",
	}
	assert.Equal(t, "2026-11-22 08:00:01.123 odoo WARNING odoo.http: text\nand more\n", lineText(l, false))
	assert.Equal(t, "\x1b[2m2026-11-22 08:00:01.123 odoo\x1b[0m \x1b[33mWARNING odoo.http: text\nand more\x1b[0m\n", lineText(l, true))
	l.Level, l.Text = "", "a\tb \x1b]0;title\x07 \u009b31m é"
	assert.Equal(t, "2026-11-22 08:00:01.123 odoo a\tb \\x1b]0;title\\x07 \\x9b31m é\n", lineText(l, false))
}
