package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	api "github.com/google/go-github/v76/github"
)

// Comments keeps one comment on a pull request.
type Comments interface {
	Comment(ctx context.Context, number int, body string) error
}

// marker begins the one comment about a preview, and planMarker the one about
// plans; a browser does not show them.
const (
	marker     = "<!-- odooops: preview -->"
	planMarker = "<!-- odooops: plan -->"
)

// Comment makes the comment say body: the one that is there is edited, so
// that a pull request with fifty pushes has one comment. Body makes a body.
func (c *Client) Comment(ctx context.Context, number int, body string) error {
	return c.keep(ctx, number, marker, func(string) string { return body })
}

// CommentPlans makes the comment about plans say those of a zone, made by
// Plans; what it says of the other zone stays.
func (c *Client) CommentPlans(ctx context.Context, number int, zone, plans string) error {
	return c.keep(ctx, number, planMarker, func(old string) string { return withZone(old, zone, plans) })
}

// keep edits the comment that begins with the mark, or makes it. body makes
// the text of what was there, without the mark.
func (c *Client) keep(ctx context.Context, number int, mark string, body func(old string) string) error {
	next := fmt.Sprintf("check that %s has the pull request %d and that GITHUB_TOKEN may write on it (permission pull-requests: write)",
		c.repository(), number)
	// Looking is part of what is repeated: a creation may have arrived although
	// its answer did not.
	return c.try(ctx, fmt.Sprintf("commenting on pull request %s#%d", c.repository(), number), next, func() error {
		ours, err := c.ours(ctx, number, mark)
		if err != nil {
			return err
		}
		for _, comment := range ours {
			old := strings.TrimPrefix(comment.GetBody(), mark+"\n")
			text := mark + "\n" + body(old)
			if comment.GetBody() == text {
				return nil
			}
			_, _, err := c.api.Issues.EditComment(ctx, c.owner, c.name, comment.GetID(), &api.IssueComment{Body: &text})
			if !foreign(err) {
				return err
			}
		}
		text := mark + "\n" + body("")
		_, _, err = c.api.Issues.CreateComment(ctx, c.owner, c.name, number, &api.IssueComment{Body: &text})
		return err
	})
}

// ours are the comments with the mark, the newest first.
func (c *Client) ours(ctx context.Context, number int, mark string) ([]*api.IssueComment, error) {
	var ours []*api.IssueComment
	options := &api.IssueListCommentsOptions{ListOptions: api.ListOptions{PerPage: perPage}}
	for {
		page, response, err := c.api.Issues.ListComments(ctx, c.owner, c.name, number, options)
		if err != nil {
			return nil, err
		}
		for _, comment := range page {
			if strings.HasPrefix(comment.GetBody(), mark) {
				ours = append([]*api.IssueComment{comment}, ours...)
			}
		}
		if response.NextPage == 0 {
			return ours, nil
		}
		options.Page = response.NextPage
	}
}

// foreign says that the comment is another's, who copied the marker: it is
// left alone.
func foreign(err error) bool {
	var answer *api.ErrorResponse
	return errors.As(err, &answer) &&
		(answer.Response.StatusCode == http.StatusForbidden || answer.Response.StatusCode == http.StatusNotFound)
}
