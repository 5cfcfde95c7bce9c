// Package cloud opens the APIs that operations speak besides the engine:
// DigitalOcean's, Spaces' and AWS's. It holds no opinion about what is there.
package cloud

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/digitalocean/godo"
	"golang.org/x/oauth2"

	"github.com/odooops/odooops/ops/fault"
)

// Getter looks a variable up, as os.Getenv does.
type Getter func(string) string

// Overlay looks into env first.
func Overlay(env map[string]string, below Getter) Getter {
	return func(k string) string {
		if v, ok := env[k]; ok {
			return v
		}
		return below(k)
	}
}

// patient is for an API that says 429 or 500, or hangs up: again after 1, 2, 4
// and 8 seconds, as the providers do.
var patient = godo.RetryConfig{RetryMax: 4, RetryWaitMin: godo.PtrTo(1.0), RetryWaitMax: godo.PtrTo(8.0)}

// DigitalOcean is a client with the environment's token and address.
func DigitalOcean(get Getter) (*godo.Client, error) {
	token := get("DIGITALOCEAN_TOKEN")
	if token == "" {
		token = get("DIGITALOCEAN_ACCESS_TOKEN")
	}
	if token == "" {
		return nil, fault.Usage("reach DigitalOcean", "export DIGITALOCEAN_TOKEN, or run odooops local start", "no token in the environment")
	}
	c, err := godo.New(oauth2.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})),
		godo.WithRetryAndBackoffs(patient))
	if err != nil {
		return nil, fmt.Errorf("reach DigitalOcean: %w", err)
	}
	if u := get("DIGITALOCEAN_API_URL"); u != "" {
		base, err := url.Parse(strings.TrimSuffix(u, "/") + "/")
		if err != nil {
			return nil, fault.Usage("reach DigitalOcean", "correct DIGITALOCEAN_API_URL", "%v", err)
		}
		c.BaseURL = base
	}
	return c, nil
}

// SpacesEndpoint is where a region's buckets are, with scheme.
func SpacesEndpoint(get Getter, region string) string {
	endpoint := get("SPACES_ENDPOINT_URL")
	if endpoint == "" {
		endpoint = fmt.Sprintf("https://%s.digitaloceanspaces.com", region)
	}
	return strings.ReplaceAll(endpoint, "{{.Region}}", region)
}

// Spaces is a client of the region's buckets with the account's key.
func Spaces(get Getter, region string) *s3.Client {
	return s3.New(s3.Options{
		Region:       "us-east-1", // Spaces signs for this one everywhere
		BaseEndpoint: aws.String(SpacesEndpoint(get, region)),
		UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(
			get("SPACES_ACCESS_KEY_ID"), get("SPACES_SECRET_ACCESS_KEY"), ""),
	})
}

// Every reads all pages of a DigitalOcean list.
func Every[T any](ctx context.Context, list func(context.Context, *godo.ListOptions) ([]T, *godo.Response, error)) ([]T, error) {
	var all []T
	for opt := (&godo.ListOptions{PerPage: 200, Page: 1}); ; opt.Page++ {
		page, res, err := list(ctx, opt)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if res == nil || res.Links == nil || res.Links.IsLastPage() {
			return all, nil
		}
	}
}
