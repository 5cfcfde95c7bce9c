package github

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/tests/fakegithub"
)

// client speaks to the fake and never really sleeps; waits holds how long it
// would have.
func client(t *testing.T, s *fakegithub.Server) (c *Client, waits *[]time.Duration) {
	t.Helper()
	c, err := New(s.Getenv, s.Repository)
	require.NoError(t, err)
	waits = &[]time.Duration{}
	c.sleep = func(_ context.Context, d time.Duration) error {
		*waits = append(*waits, d)
		return nil
	}
	return c, waits
}

func TestStatesOfPullRequests(t *testing.T) {
	s := fakegithub.New(t)
	s.PageSize = 2
	s.Open(1, 2, 3, 4, 5)
	s.Close(6)
	c, _ := client(t, s)
	states, err := c.States(context.Background(), []int{1, 5, 6, 7})
	require.NoError(t, err)
	assert.Equal(t, map[int]State{1: Open, 5: Open, 6: Closed, 7: Unknown}, states)
	assert.Len(t, s.Requests(), 3+2, "three pages, and one request for each that is not open")
}

func TestAWrongRepositoryClosesNothing(t *testing.T) {
	s := fakegithub.New(t)
	c, err := New(s.Getenv, "acme/other")
	require.NoError(t, err)
	_, err = c.States(context.Background(), []int{1})
	require.ErrorContains(t, err, "acme/other")
	assert.ErrorContains(t, err, "next: check that acme/other is right")
}

func TestAServerErrorOrACutConnectionIsTriedAgain(t *testing.T) {
	s := fakegithub.New(t)
	s.Open(1)
	s.Fail(fakegithub.Cut, fakegithub.Broken)
	c, waits := client(t, s)
	states, err := c.States(context.Background(), []int{1})
	require.NoError(t, err)
	assert.Equal(t, Open, states[1])
	assert.Equal(t, []time.Duration{time.Second, 2 * time.Second}, *waits)
}

func TestGitHubBeingDownIsAnError(t *testing.T) {
	s := fakegithub.New(t)
	s.Fail(fakegithub.Broken, fakegithub.Broken, fakegithub.Broken, fakegithub.Broken)
	c, _ := client(t, s)
	_, err := c.States(context.Background(), []int{1})
	assert.ErrorContains(t, err, "listing the open pull requests of acme/addons")
	assert.Equal(t, 1, fault.ExitCode(err))
}

func TestAShortLimitIsWaitedForAndALongOneIsNot(t *testing.T) {
	t.Run("secondary", func(t *testing.T) {
		s := fakegithub.New(t)
		s.Open(1)
		s.Fail(fakegithub.TooFast(7))
		c, waits := client(t, s)
		// The client holds back by itself until the seven seconds are over.
		c.sleep = func(_ context.Context, d time.Duration) error {
			*waits = append(*waits, d)
			c.api.DisableRateLimitCheck = true
			return nil
		}
		_, err := c.States(context.Background(), []int{1})
		require.NoError(t, err)
		require.Len(t, *waits, 1)
		assert.InDelta(t, 7, (*waits)[0].Seconds(), 1)
	})
	t.Run("an hour's", func(t *testing.T) {
		s := fakegithub.New(t)
		s.Fail(fakegithub.Limited(time.Now().Add(40 * time.Minute)))
		c, waits := client(t, s)
		_, err := c.States(context.Background(), []int{1})
		assert.ErrorContains(t, err, "run it again after ")
		assert.Empty(t, *waits)
		assert.Len(t, s.Requests(), 1)
	})
}

func TestACancelledOperationStopsAtOnce(t *testing.T) {
	s := fakegithub.New(t)
	c, waits := client(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := c.States(ctx, []int{1})
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, *waits)
}

func TestWhatIsMissingOrWrongIsSaid(t *testing.T) {
	s := fakegithub.New(t)
	with := func(name, value string) func(string) string {
		return func(asked string) string {
			if asked == name {
				return value
			}
			return s.Getenv(asked)
		}
	}
	_, err := New(with("GITHUB_TOKEN", ""), "acme/addons")
	assert.ErrorContains(t, err, "GITHUB_TOKEN is not set")
	assert.Equal(t, 2, fault.ExitCode(err))
	_, err = New(with("GITHUB_API_URL", "api.github.com"), "acme/addons")
	assert.ErrorContains(t, err, "GITHUB_API_URL")
	_, err = New(s.Getenv, "addons")
	assert.ErrorContains(t, err, "OWNER/NAME")

	c, err := New(with("GITHUB_TOKEN", "another"), "acme/addons")
	require.NoError(t, err)
	_, err = c.States(context.Background(), []int{1})
	require.ErrorContains(t, err, "Bad credentials")
	assert.ErrorContains(t, err, "set GITHUB_TOKEN to a token that is valid")
	assert.NotContains(t, err.Error(), "another")
}
