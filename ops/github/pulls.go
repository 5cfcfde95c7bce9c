package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	api "github.com/google/go-github/v76/github"
)

// State is what GitHub says of a pull request.
type State string

// The states of a pull request.
const (
	Open   State = "open"
	Closed State = "closed" // merged or not
	// Unknown is a number that is no pull request of the repository. It is not
	// closed: somebody may have brought that preview up by hand.
	Unknown State = "unknown"
)

// PullRequests says which pull requests are open or closed.
type PullRequests interface {
	States(ctx context.Context, numbers []int) (map[int]State, error)
}

// perPage is GitHub's maximum.
const perPage = 100

// States are the states of these pull requests. Closed is said only of one
// that GitHub itself calls closed: its absence from a list proves nothing.
func (c *Client) States(ctx context.Context, numbers []int) (map[int]State, error) {
	states := make(map[int]State, len(numbers))
	if len(numbers) == 0 {
		return states, nil
	}
	open, err := c.Open(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		if slices.Contains(open, n) {
			states[n] = Open
			continue
		}
		if states[n], err = c.state(ctx, n); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// Open lists the open ones: a request for a hundred of them, not for each. A
// number that isn't among them may be no pull request at all: see States.
func (c *Client) Open(ctx context.Context) ([]int, error) {
	var open []int
	options := &api.PullRequestListOptions{State: "open", ListOptions: api.ListOptions{PerPage: perPage}}
	for {
		var page []*api.PullRequest
		var response *api.Response
		err := c.try(ctx, "listing the open pull requests of "+c.repository(), c.readHint(), func() (err error) {
			page, response, err = c.api.PullRequests.List(ctx, c.owner, c.name, options)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, p := range page {
			open = append(open, p.GetNumber())
		}
		if response.NextPage == 0 {
			return open, nil
		}
		options.Page = response.NextPage
	}
}

func (c *Client) state(ctx context.Context, number int) (State, error) {
	state := Unknown
	err := c.try(ctx, fmt.Sprintf("looking at pull request %s#%d", c.repository(), number), c.readHint(), func() error {
		p, _, err := c.api.PullRequests.Get(ctx, c.owner, c.name, number)
		var answer *api.ErrorResponse
		switch {
		case errors.As(err, &answer) && answer.Response.StatusCode == http.StatusNotFound:
			return nil // the list came, so the repository is there
		case err != nil:
			return err
		}
		switch p.GetState() {
		case "open":
			state = Open
		case "closed":
			state = Closed
		}
		return nil
	})
	return state, err
}

func (c *Client) readHint() string {
	return fmt.Sprintf("check that %s is right and that GITHUB_TOKEN may read its pull requests (permission pull-requests: read)", c.repository())
}
