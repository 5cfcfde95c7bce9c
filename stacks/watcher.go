package stacks

import (
	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/agent"
	"github.com/odooops/odooops/components/bastion"
	"github.com/odooops/odooops/components/dns"
	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/components/host"
	"github.com/odooops/odooops/components/host/cloudinit"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/network"
	"github.com/odooops/odooops/components/observability"
	"github.com/odooops/odooops/components/size"
	"github.com/odooops/odooops/components/uptime"
	"github.com/odooops/odooops/stacks/config"
)

// Who writes telemetry: core's hosts and the previews', each with the token of
// its zone.
const (
	coreAgent     = "agent"
	previewsAgent = "previews"
)

// watcher is the host that watches the others, and what runs on it.
type watcher struct {
	*config.Platform
	marks
	stack   string
	way     *bastion.Bastion
	replace bool

	size    size.Size
	name    string // the droplet's
	machine *host.Host
	docker  *hostdocker.Docker
}

// on declares it, and adds what only a platform that watches gives out.
func (w watcher) on(ctx *pulumi.Context, net *network.Network, key *digitalocean.SshKey, outputs pulumi.Map) error {
	hostKey, err := config.PublicKey(w.ObservabilityHostKey)
	if err != nil {
		return err
	}
	if err := w.host(ctx, net, key); err != nil {
		return err
	}
	watch, err := w.programs(ctx)
	if err != nil {
		return err
	}
	containers := pulumi.StringMap{}
	for role, c := range watch.Containers {
		containers[role] = c.Name
	}
	own, err := w.agent(ctx, watch)
	if err != nil {
		return err
	}
	containers[agent.Role] = own.Server.Name
	url := ""
	if watch.Containers["grafana"] != nil {
		url = "https://" + w.grafanaHostname()
	}
	outputs["observability"] = pulumi.Map{
		"hostId":     w.machine.Droplet.ID(),
		"hostName":   w.machine.Droplet.Name,
		"size":       pulumi.String(w.ObservabilitySize),
		"publicIp":   w.machine.PublicIP,
		"dropletIp":  w.machine.Droplet.Ipv4Address,
		"privateIp":  w.machine.Droplet.Ipv4AddressPrivate,
		"hostKey":    pulumi.String(hostKey),
		"volumeId":   w.machine.Volume.ID(),
		"volumeName": w.machine.Volume.Name,
		"containers": containers,
		"url":        pulumi.String(url),
	}
	outputs["telemetry"] = pulumi.Map{
		"url": pulumi.Sprintf("http://%s:%d", w.machine.Droplet.Ipv4AddressPrivate, edge.IngestPort), "user": pulumi.String(coreAgent),
	}
	outputs["telemetryToken"] = secret(w.TelemetryToken)
	outputs["images"] = imagesOutput(w.Images)
	return nil
}

func (w *watcher) grafanaHostname() string { return "grafana." + w.Domain }

func (w *watcher) host(ctx *pulumi.Context, net *network.Network, key *digitalocean.SshKey) error {
	w.name = w.stack + "-observability"
	var err error
	if w.size, err = size.Lookup(w.ObservabilitySize); err != nil {
		return err
	}
	bastionKey, err := config.PublicKey(w.BastionHostKey)
	if err != nil {
		return err
	}
	w.machine, err = host.New(ctx, w.name, host.Args{
		Name: w.name, Stack: w.stack, Kind: w.kind, Marks: w.tags(), Role: cloudinit.RoleWatch,
		Region: w.Region, Size: w.ObservabilitySize, VolumeSizeGB: w.ObservabilityVolumeSizeGB,
		VPC: net.VPC.ID().ToStringOutput(), SSHKey: key.Fingerprint, HostKey: w.ObservabilityHostKey,
		Login:      config.Bastion{HostKey: bastionKey}.Through(w.SSHOperatorKey, "", ""),
		Bastion:    w.way.Droplet.Ipv4Address,
		BastionTag: w.way.Tag, SSHDir: config.SSHDir(w.stack),
		// Nobody but Grafana has anything to serve to the world.
		Closed:  w.Images.Grafana == "",
		Inbound: []host.Inbound{{Port: "4318", From: []string{w.VPCCIDR}}},
		Protect: w.Protect, Replace: w.replace,
	})
	if err != nil {
		return err
	}
	if _, err = uptime.New(ctx, w.name, uptime.Args{
		Droplets: map[string]*digitalocean.Droplet{w.name: w.machine.Droplet}, Emails: w.AlertEmails,
	}); err != nil {
		return err
	}
	w.docker, err = hostdocker.New(ctx, w.stack, hostdocker.Args{
		Stack: w.stack, Machine: w.machine.Droplet, Address: w.machine.DockerHost, Marks: w.labels(),
		SSHOpts:       []string{"-F", config.SSHDir(w.stack) + "/config"},
		RegistryToken: optionalSecret(w.RegistryToken),
	})
	return err
}

func (w *watcher) programs(ctx *pulumi.Context) (*observability.Observability, error) {
	agents := map[string]string{coreAgent: edge.Hash(w.TelemetryToken)}
	if w.PreviewsTelemetryHash != "" {
		agents[previewsAgent] = w.PreviewsTelemetryHash
	}
	var reachable []pulumi.Resource
	if w.Images.Grafana != "" {
		record, err := dns.NewRecord(ctx, w.Domain, dns.Record{
			Resource: w.stack + "-grafana", Name: w.grafanaHostname(), Type: "A", Value: w.machine.PublicIP,
		})
		if err != nil {
			return nil, err
		}
		reachable = append(reachable, record, w.machine.Assignment)
	}
	return observability.New(ctx, w.stack, observability.Args{
		Docker: w.docker, Size: w.size, VolumeSizeGB: w.ObservabilityVolumeSizeGB,
		Images: observability.Images{
			Traefik: w.Images.Traefik, Loki: w.Images.Loki, Prometheus: w.Images.Prometheus,
			Alertmanager: w.Images.Alertmanager, Grafana: w.Images.Grafana,
		},
		Domain: w.Domain, Region: w.Region, LogDays: w.LogRetentionDays, MetricsDays: w.MetricsRetentionDays,
		Agents: agents, Webhook: w.AlertWebhook, DeadMansSwitch: w.DeadMansSwitchURL, Repository: w.GitHubRepository,
		GrafanaHostname: w.grafanaHostname(), GrafanaUser: w.GrafanaUser, GrafanaPassword: w.GrafanaPassword,
		Email: w.ACMEEmail, Protect: w.Protect, Reachable: reachable,
	})
}

// agent is the host's own: it is watched like the others.
func (w *watcher) agent(ctx *pulumi.Context, watch *observability.Observability) (*agent.Agent, error) {
	return agent.New(ctx, w.stack, agent.Args{
		Docker: w.docker, Image: w.Images.Otel, Stack: w.stack, Kind: w.kind, Host: w.name, DataDir: "/data/agent",
		URL: pulumi.String(observability.Ingest), User: coreAgent, Token: secret(w.TelemetryToken),
		Out: watch.Network, Networks: []*docker.Network{}, Info: agent.Info{MonthlyDollars: w.price()},
	})
}

// price is that of the platform's droplets: this one, and the bastion.
func (w *watcher) price() pulumi.Float64Output {
	return pulumi.All(w.machine.Droplet.PriceMonthly, w.way.Droplet.PriceMonthly).ApplyT(func(prices []any) float64 {
		return prices[0].(float64) + prices[1].(float64)
	}).(pulumi.Float64Output)
}
