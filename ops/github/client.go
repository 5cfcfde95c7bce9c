package github

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	api "github.com/google/go-github/v76/github"

	"github.com/odooops/odooops/ops/fault"
)

// Client speaks to GitHub about one repository.
type Client struct {
	api         *api.Client
	owner, name string
	sleep       func(context.Context, time.Duration) error
}

// perRequest bounds one request; GitHub itself gives up after ten seconds.
const perRequest = 30 * time.Second

var fullName = regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$`)

// New is a client for OWNER/NAME. Its token is GITHUB_TOKEN's, and its address
// GITHUB_API_URL's (default https://api.github.com), as Actions set them.
func New(getenv func(string) string, repository string) (*Client, error) {
	if !fullName.MatchString(repository) {
		return nil, fault.Usage("reaching GitHub", "name the repository as OWNER/NAME", "%q is no repository", repository)
	}
	what := "reaching " + repository + " on GitHub"
	token := getenv("GITHUB_TOKEN")
	if token == "" {
		return nil, fault.Usage(what, "export GITHUB_TOKEN, a token that may read the repository's pull requests (in Actions: ${{ github.token }})",
			"GITHUB_TOKEN is not set")
	}
	address := getenv("GITHUB_API_URL")
	if address == "" {
		address = "https://api.github.com"
	}
	base, err := url.Parse(strings.TrimSuffix(address, "/") + "/")
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return nil, fault.Usage(what, "unset it, or set it to https://HOST/api/v3", "GITHUB_API_URL is %q, which is no web address", address)
	}
	client := api.NewClient(&http.Client{Timeout: perRequest}).WithAuthToken(token)
	client.BaseURL = base
	owner, name, _ := strings.Cut(repository, "/")
	return &Client{api: client, owner: owner, name: name, sleep: sleep}, nil
}

func (c *Client) repository() string { return c.owner + "/" + c.name }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
