package stacks

import (
	"fmt"
	"net/url"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/agent"
	"github.com/odooops/odooops/components/host"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/postgres"
	"github.com/odooops/odooops/components/uptime"
	"github.com/odooops/odooops/stacks/config"
)

// telemetry is where a host's agent writes to.
type telemetry struct {
	url   string // http://ADDRESS:PORT
	user  string
	token string // secret
}

// telemetryOf is the observability host's, as a stack's outputs say it; nil
// where nobody watches.
func telemetryOf(t *config.Telemetry, token string) *telemetry {
	if t == nil || t.URL == "" || token == "" {
		return nil
	}
	return &telemetry{url: t.URL, user: t.User, token: token}
}

// way is what a host's firewall lets its agent reach.
func (t *telemetry) way() ([]host.Outbound, error) {
	if t == nil {
		return nil, nil
	}
	u, err := url.Parse(t.url)
	if err != nil || u.Hostname() == "" || u.Port() == "" {
		return nil, fmt.Errorf("telemetry: %q is no address such as http://10.20.0.3:4318", t.url)
	}
	return []host.Outbound{{Protocol: "tcp", Port: u.Port(), To: []string{u.Hostname() + "/32"}}}, nil
}

// agent declares a host's agent, on a network of its own for its way out: no
// other container is on it, so none gets to the private network by it. It
// declares nothing where nobody watches.
func (t *telemetry) agent(ctx *pulumi.Context, on *hostdocker.Docker, args agent.Args) (*docker.Container, error) {
	if t == nil {
		return nil, nil
	}
	out, err := on.Network(ctx, "telemetry", false)
	if err != nil {
		return nil, err
	}
	args.Docker, args.Out = on, out
	args.URL, args.User, args.Token = pulumi.String(t.url), t.user, secret(t.token)
	a, err := agent.New(ctx, args.Stack, args)
	if err != nil {
		return nil, err
	}
	return a.Server, nil
}

// telemetry is where the site's agent writes to; nil where nobody watches.
func (s *site) telemetry() *telemetry { return telemetryOf(s.base.Telemetry, s.base.TelemetryToken) }

// agent is the site's: it asks Odoo's health through the edge, and the exporter
// beside Postgres for what that knows.
func (s *site) agent(ctx *pulumi.Context, containers pulumi.StringMap, site *agent.Site, db *postgres.Server, networks ...*docker.Network) error {
	c, err := s.telemetry().agent(ctx, s.docker, agent.Args{
		Image: s.config.Images.Otel, Stack: s.stack, Kind: s.kind, Host: s.stack, DataDir: s.dataDir + "/agent",
		Site: site, Networks: networks, Exporter: db.Metrics != nil,
		Info: agent.Info{
			Image: s.config.Images.Odoo, Version: odooVersion, Expires: s.expiresAt, MonthlyDollars: s.machine.Droplet.PriceMonthly,
		},
	})
	if c != nil {
		containers[agent.Role] = c.Name
	}
	if db.Metrics != nil {
		containers["metrics"] = db.Metrics.Name
	}
	return err
}

// odooVersion is the images'.
const odooVersion = "19.0"

// uptime is what DigitalOcean itself looks at: the droplet, and the address
// (empty is none) from outside.
func (s *site) uptime(ctx *pulumi.Context, url string) error {
	_, err := uptime.New(ctx, s.stack, uptime.Args{
		URL: url, Droplets: map[string]*digitalocean.Droplet{s.stack: s.machine.Droplet}, Emails: s.base.AlertEmails,
	})
	return err
}
