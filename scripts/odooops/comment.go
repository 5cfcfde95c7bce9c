package main

import (
	"context"
	"time"

	"github.com/odooops/odooops/ops/github"
)

// commentTime bounds the comment. It is made even when the update was
// interrupted, so it has a time of its own.
const commentTime = 2 * time.Minute

// comment says on the pull request of OWNER/NAME what its preview is now, or
// that its update failed.
func (a *app) comment(ctx context.Context, repository string, p github.Preview) error {
	client, err := github.New(a.getenv, repository)
	if err != nil {
		return err
	}
	p.Log = a.jobURL()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commentTime)
	defer cancel()
	return client.Comment(ctx, p.Number, github.Body(p))
}

// jobURL is the page of the job that this runs in; empty outside Actions.
func (a *app) jobURL() string {
	server, repository, run := a.getenv("GITHUB_SERVER_URL"), a.getenv("GITHUB_REPOSITORY"), a.getenv("GITHUB_RUN_ID")
	if server == "" || repository == "" || run == "" {
		return ""
	}
	return server + "/" + repository + "/actions/runs/" + run
}
