package main

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/cost"
	"github.com/odooops/odooops/ops/deploy"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
	"github.com/odooops/odooops/tests/fakegithub"
)

func TestPreviewWantsAStackOrAZone(t *testing.T) {
	for name, f := range map[string]struct {
		previewFlags
		args []string
	}{
		"neither":                  {},
		"both":                     {previewFlags: previewFlags{zone: "core"}, args: []string{"production"}},
		"a number alone":           {previewFlags: previewFlags{number: 7}, args: []string{"production"}},
		"a comment, but no number": {previewFlags: previewFlags{comment: "acme/erp"}, args: []string{"production"}},
	} {
		assert.Equal(t, 2, fault.ExitCode(f.check(f.args)), name)
	}
	assert.NoError(t, previewFlags{zone: "core", comment: "acme/erp", number: 7}.check(nil))
	assert.NoError(t, previewFlags{}.check([]string{"production"}))
}

func TestTheCommentSaysWhatEachPreviewBecame(t *testing.T) {
	s := fakegithub.New(t)
	s.Open(7)
	a := &app{getenv: s.Getenv}
	violation := workspace.PolicyResult{Policy: "smtp-refused", Name: "fw", Text: "port 25 is open", Mandatory: true}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // also after an interrupt
	require.NoError(t, a.commentPlans(ctx, "acme/addons", 7, config.Core, []previewed{
		{Stack: "production", UpResult: deploy.UpResult{
			Plan: workspace.Plan{Same: 3, Steps: []workspace.Step{{Op: "update", Type: "digitalocean:index/droplet:Droplet", Name: "host", Why: []string{"size"}}}},
			Cost: &cost.Difference{Before: 1, After: 3, Changes: []cost.Change{{Type: "a:b:Droplet", Name: "host", Before: "small", After: "big", Dollars: 2}}},
		}},
		{Stack: "staging", UpResult: deploy.UpResult{Plan: workspace.Plan{Policies: []workspace.PolicyResult{violation}}}, err: errors.New("the policies' own words, again")},
		{Stack: "platform", err: fault.Usage("config of platform", "correct it", "domain is missing")},
	}))
	require.Len(t, s.Comments(7), 1)
	said := s.Comments(7)[0].Body
	for _, want := range []string{
		"| update | Droplet | host | size |", "Cost: +2.00 $ a month (3.00, was 1.00)", "- Droplet host: small → big: +2.00",
		"**policy `smtp-refused`** refuses fw: port 25 is open", "**Refused**: domain is missing",
	} {
		assert.Contains(t, said, want)
	}
	assert.NotContains(t, said, "again")
}
