package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/digitalocean/godo"
	"golang.org/x/oauth2"

	"github.com/odooops/odooops/tools/internal/provider"
)

// retries is how the official plugin retries 429 and 5xx: four more attempts
// after 1, 2, 4 and 8 seconds.
var retries = godo.RetryConfig{RetryMax: 4, RetryWaitMin: godo.PtrTo(1.0), RetryWaitMax: godo.PtrTo(30.0)}

// configure reads the same settings and variables as the official plugin.
func configure(getenv func(string) string) func(context.Context, provider.Props) (provider.Types, error) {
	return func(_ context.Context, config provider.Props) (provider.Types, error) {
		first := func(key string, names ...string) string {
			if v := config.String(key); v != "" {
				return v
			}
			for _, name := range names {
				if v := getenv(name); v != "" {
					return v
				}
			}
			return ""
		}
		token := first("token", "DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN")
		if token == "" {
			return provider.Types{}, errors.New("no API token: set DIGITALOCEAN_TOKEN or `pulumi config set --secret digitalocean:token`; for the local cloud run `eval \"$(odooops local env)\"`")
		}
		httpClient := oauth2.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}))
		options := []godo.ClientOpt{godo.WithRetryAndBackoffs(retries)}
		if url := first("apiEndpoint", "DIGITALOCEAN_API_URL"); url != "" {
			options = append(options, godo.SetBaseURL(url))
		}
		client, err := godo.New(httpClient, options...)
		if err != nil {
			return provider.Types{}, fmt.Errorf("DigitalOcean client: %w", err)
		}
		s := spaces{
			endpoint:  first("spacesEndpoint", "SPACES_ENDPOINT_URL"),
			accessKey: first("spacesAccessId", "SPACES_ACCESS_KEY_ID"),
			secretKey: first("spacesSecretKey", "SPACES_SECRET_ACCESS_KEY"),
		}
		return provider.Types{Resources: resources(client, s), Functions: functions(client)}, nil
	}
}

func resources(c *godo.Client, s spaces) map[string]provider.Resource {
	return map[string]provider.Resource{
		"digitalocean:index/dnsRecord:DnsRecord":                                         dnsRecord{c},
		"digitalocean:index/domain:Domain":                                               domain{client: c},
		"digitalocean:index/droplet:Droplet":                                             droplet{c},
		"digitalocean:index/firewall:Firewall":                                           firewall{c},
		"digitalocean:index/monitorAlert:MonitorAlert":                                   monitorAlert{c},
		"digitalocean:index/project:Project":                                             project{c},
		"digitalocean:index/projectResources:ProjectResources":                           projectResources{c},
		"digitalocean:index/reservedIp:ReservedIp":                                       reservedIP{c},
		"digitalocean:index/reservedIpAssignment:ReservedIpAssignment":                   reservedIPAssignment{client: c},
		"digitalocean:index/spacesBucket:SpacesBucket":                                   spacesBucket{s},
		"digitalocean:index/spacesBucketCorsConfiguration:SpacesBucketCorsConfiguration": bucketCORS{s},
		"digitalocean:index/spacesBucketPolicy:SpacesBucketPolicy":                       bucketPolicy{s},
		"digitalocean:index/spacesKey:SpacesKey":                                         spacesKey{c},
		"digitalocean:index/sshKey:SshKey":                                               sshKey{c},
		"digitalocean:index/tag:Tag":                                                     tag{client: c},
		"digitalocean:index/uptimeAlert:UptimeAlert":                                     uptimeAlert{c},
		"digitalocean:index/uptimeCheck:UptimeCheck":                                     uptimeCheck{c},
		"digitalocean:index/volume:Volume":                                               volume{c},
		"digitalocean:index/volumeAttachment:VolumeAttachment":                           volumeAttachment{client: c},
		"digitalocean:index/vpc:Vpc":                                                     vpc{c},
	}
}
