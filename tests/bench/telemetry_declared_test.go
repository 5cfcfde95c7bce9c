package bench

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/agent"
	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/components/hostdocker"
	"github.com/odooops/odooops/components/observability"
	"github.com/odooops/odooops/components/size"
)

// declared is a container as the components declare it to the provider.
type declared struct {
	Name, Image, Hostname          string
	Command, Envs                  []string
	Memory, MemorySwap             int
	CPUShares, CPUPeriod, CPUQuota int
	StopTimeout                    int
	Capabilities                   struct{ Adds, Drops []string }
	LogOpts                        map[string]string
	Labels                         []struct{ Label, Value string }
	Uploads                        []struct{ File, Permissions, Content string }
	Volumes                        []struct {
		HostPath, ContainerPath string
		ReadOnly                bool
	}
	NetworksAdvanced []struct {
		Name    string
		Aliases []string
	}
}

// outside is what the containers reach of this test.
type outside struct{ site, webhook string }

const (
	spacesKey    = "loki"
	spacesSecret = "loki-secret"
	siteName     = "odoo.example.com"
	domain       = "example.com"
)

// monitor keeps the containers that are declared, by name.
type monitor struct {
	mu         sync.Mutex
	containers map[string]declared
	err        error
}

func (m *monitor) NewResource(a pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := a.Inputs.Copy()
	switch a.TypeToken {
	case "docker:index/remoteImage:RemoteImage":
		state["imageId"] = state["name"]
	case "digitalocean:index/spacesKey:SpacesKey":
		state["accessKey"] = resource.NewStringProperty(spacesKey)
		state["secretKey"] = resource.NewStringProperty(spacesSecret)
	case "docker:index/container:Container":
		var c declared
		if err := decode(a.Inputs, &c); err != nil {
			m.err = err
		}
		m.containers[c.Name] = c
	}
	return a.Name + "-id", state, nil
}

func (*monitor) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func decode(inputs resource.PropertyMap, into any) error {
	var plain func(v resource.PropertyValue) (any, bool)
	plain = func(v resource.PropertyValue) (any, bool) {
		if v.IsSecret() {
			return v.SecretValue().Element.MapRepl(nil, plain), true
		}
		return nil, false
	}
	text, err := json.Marshal(inputs.MapRepl(nil, plain))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// declare declares the observability host and production's agent, which writes
// through the same edge.
func declare(b *testing.B, o outside) map[string]declared {
	b.Helper()
	const token = "telemetry-token"
	s, err := size.Lookup("s-1vcpu-2gb")
	require.NoError(b, err)
	m := &monitor{containers: map[string]declared{}}
	require.NoError(b, pulumi.RunErr(func(ctx *pulumi.Context) error {
		host := func(stack string) (*hostdocker.Docker, error) {
			return hostdocker.New(ctx, stack, hostdocker.Args{
				Stack: stack, HostID: pulumi.String("1"), Address: pulumi.String("ssh://ops@10.20.0.3"),
				Marks: map[string]string{"kind": stack},
			})
		}
		platform, err := host("platform")
		if err != nil {
			return err
		}
		watch, err := observability.New(ctx, "platform", observability.Args{
			Docker: platform, Size: s, VolumeSizeGB: 20,
			Images: observability.Images{
				Traefik: "odooops/traefik:current", Loki: "odooops/loki:current",
				Prometheus: "odooops/prometheus:current", Alertmanager: "odooops/alertmanager:current",
			},
			Domain: domain, Region: "fra1", LogDays: 30, MetricsDays: 90,
			Agents: map[string]string{"agent": edge.Hash(token)}, Webhook: o.webhook,
		})
		if err != nil {
			return err
		}
		production, err := host("production")
		if err != nil {
			return err
		}
		_, err = agent.New(ctx, "production", agent.Args{
			Docker: production, Image: "odooops/otel:current", Stack: "production", Kind: "production", Host: "production",
			DataDir: "/data/production/agent", Out: watch.Network,
			URL: pulumi.String(observability.Ingest), User: "agent", Token: pulumi.String(token),
			Site: &agent.Site{Hostname: siteName, Address: o.site}, Exporter: true,
			Info: agent.Info{Image: "odoo", Version: "19.0"},
		})
		return err
	}, pulumi.WithMocks("odooops", "production", m)))
	require.NoError(b, m.err)
	return m.containers
}
