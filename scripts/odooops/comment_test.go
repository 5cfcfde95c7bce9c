package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/github"
	"github.com/odooops/odooops/tests/fakegithub"
)

func TestAFailureIsSaidOnThePullRequestEvenAfterAnInterrupt(t *testing.T) {
	s := fakegithub.New(t)
	s.Open(7)
	job := map[string]string{"GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "42"}
	a := &app{getenv: func(name string) string {
		if v, ok := job[name]; ok {
			return v
		}
		return s.Getenv(name)
	}}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, a.comment(ctx, "acme/addons", github.Preview{Number: 7, Failed: true}))
	require.Len(t, s.Comments(7), 1)
	assert.Contains(t, s.Comments(7)[0].Body, "([log](https://github.com/acme/addons/actions/runs/42))")
}

func TestACommentNeedsAToken(t *testing.T) {
	a := &app{getenv: func(string) string { return "" }}
	err := a.comment(context.Background(), "acme/addons", github.Preview{Number: 7})
	require.ErrorContains(t, err, "GITHUB_TOKEN is not set")
	assert.Equal(t, 2, fault.ExitCode(err))
}
