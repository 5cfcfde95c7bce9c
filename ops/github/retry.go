package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	api "github.com/google/go-github/v76/github"

	"github.com/odooops/odooops/ops/fault"
)

const (
	// attempts is how often something is tried in all.
	attempts = 4
	// patience is the longest wait for GitHub to count us anew. Longer ones are
	// for the next run: the hourly sweep.
	patience = 2 * time.Minute
)

// try does something again that failed by GitHub's fault or for its limits. f
// must be safe to repeat.
func (c *Client) try(ctx context.Context, what, next string, f func() error) error {
	for n := 0; ; n++ {
		err := f()
		if err == nil {
			return nil
		}
		wait, again := worthwhile(err, n)
		if ctx.Err() != nil || !again || n+1 == attempts {
			return explain(what, next, err)
		}
		if c.sleep(ctx, wait) != nil {
			return explain(what, next, err)
		}
	}
}

// worthwhile says whether to try again after the nth failure, and when.
func worthwhile(err error, n int) (time.Duration, bool) {
	backoff := time.Second << n
	var limit *api.RateLimitError
	var abuse *api.AbuseRateLimitError
	var answer *api.ErrorResponse
	var connection *url.Error
	switch {
	case errors.As(err, &limit):
		wait := max(time.Until(limit.Rate.Reset.Time)+time.Second, 0)
		return wait, wait <= patience
	case errors.As(err, &abuse):
		wait := abuse.GetRetryAfter()
		if wait == 0 {
			wait = time.Minute // what GitHub's documentation asks for
		}
		return wait, wait <= patience
	case errors.As(err, &answer):
		return backoff, answer.Response.StatusCode >= http.StatusInternalServerError
	case errors.As(err, &connection):
		return backoff, true
	}
	return 0, false
}

// explain says what to do about it; next is for a repository that isn't there
// or isn't shown to us.
func explain(what, next string, err error) error {
	var limit *api.RateLimitError
	var answer *api.ErrorResponse
	switch {
	case errors.As(err, &limit):
		return fault.New(what, fmt.Sprintf("run it again after %s: GitHub's limit for this token is used up",
			limit.Rate.Reset.UTC().Format(time.RFC3339)), err)
	case errors.As(err, &answer) && answer.Response.StatusCode == http.StatusUnauthorized:
		return fault.New(what, "set GITHUB_TOKEN to a token that is valid", err)
	case errors.As(err, &answer) && answer.Response.StatusCode < http.StatusInternalServerError:
		return fault.New(what, next, err)
	}
	return fault.New(what, "run it again; https://www.githubstatus.com says whether GitHub is well", err)
}
