package github

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/fakegithub"
)

func TestFiftyPushesHaveOneComment(t *testing.T) {
	s := fakegithub.New(t)
	s.Open(7)
	c, _ := client(t, s)
	for n := range 50 {
		require.NoError(t, c.Comment(context.Background(), 7, fmt.Sprint("push ", n)))
	}
	comments := s.Comments(7)
	require.Len(t, comments, 1)
	assert.Contains(t, comments[0].Body, "push 49")
	assert.Equal(t, 49, comments[0].Edits)
}

func TestACommentThatSaysItAlreadyIsLeftAlone(t *testing.T) {
	s := fakegithub.New(t)
	s.Open(7)
	c, _ := client(t, s)
	for range 2 {
		require.NoError(t, c.Comment(context.Background(), 7, "the same"))
	}
	assert.Zero(t, s.Comments(7)[0].Edits)
}

func TestTheCommentIsFoundBehindAHundredOthers(t *testing.T) {
	s := fakegithub.New(t)
	s.PageSize = 10
	s.Open(7)
	for n := range 95 {
		s.Write(7, fmt.Sprint("talk ", n))
	}
	c, _ := client(t, s)
	require.NoError(t, c.Comment(context.Background(), 7, "one"))
	require.NoError(t, c.Comment(context.Background(), 7, "two"))
	assert.Len(t, s.Comments(7), 96)
}

func TestSomebodyElsesCopyOfTheMarkerIsNotTouched(t *testing.T) {
	s := fakegithub.New(t)
	s.Open(7)
	c, _ := client(t, s)
	require.NoError(t, c.Comment(context.Background(), 7, "one"))
	s.Write(7, marker+"\nlook, I am the preview")
	require.NoError(t, c.Comment(context.Background(), 7, "two"))
	comments := s.Comments(7)
	require.Len(t, comments, 2)
	assert.Contains(t, comments[0].Body, "two")
	assert.Contains(t, comments[1].Body, "look")
}

func TestACommentWhoseAnswerWasCutIsNotMadeTwice(t *testing.T) {
	s := fakegithub.New(t)
	s.Open(7)
	c, _ := client(t, s)
	require.NoError(t, c.Comment(context.Background(), 7, "one"))
	s.Fail(fakegithub.Cut)
	require.NoError(t, c.Comment(context.Background(), 7, "two"))
	assert.Len(t, s.Comments(7), 1)
}

func TestNoSuchPullRequest(t *testing.T) {
	s := fakegithub.New(t)
	c, _ := client(t, s)
	assert.ErrorContains(t, c.Comment(context.Background(), 7, "x"), "check that acme/addons has the pull request 7")
}

func TestBodyOfAPreview(t *testing.T) {
	body := Body(Preview{
		Number: 7, URL: "https://pr-7.preview.example.com", MailURL: "https://pr-7-mail.preview.example.com",
		Image: "registry.digitalocean.com/odooops/odoo@sha256:1234", Data: "template | 20260801",
		Expires: time.Date(2026, 8, 4, 12, 0, 0, 0, time.UTC),
	})
	assert.Contains(t, body, "| Odoo | https://pr-7.preview.example.com |\n")
	assert.Contains(t, body, "| Mail it would have sent | https://pr-7-mail.preview.example.com |\n")
	assert.Contains(t, body, "| Image | `registry.digitalocean.com/odooops/odoo@sha256:1234` |\n")
	assert.Contains(t, body, `| Data | template \| 20260801 |`)
	assert.Contains(t, body, "| Gone after | 2026-08-04 12:00 UTC |\n")
	assert.Contains(t, body, "odooops pr credentials --number 7")
	assert.NotContains(t, body, "failed")
	for _, line := range strings.Split(body, "\n") {
		assert.Equal(t, strings.TrimRight(line, " "), line)
	}
}

func TestBodyOfAFailure(t *testing.T) {
	body := Body(Preview{Number: 7, Failed: true, Log: "https://github.com/acme/addons/actions/runs/1"})
	assert.Contains(t, body, "**The last update failed** ([log](https://github.com/acme/addons/actions/runs/1))")
	assert.NotContains(t, body, "| Odoo |")
	assert.NotContains(t, body, "Gone after")
}

func TestBodyOfNoPreview(t *testing.T) {
	assert.Equal(t, "The preview of this pull request is gone.\n", Body())
}
