package stacks_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/edge"
	"github.com/odooops/odooops/stacks"
	"github.com/odooops/odooops/stacks/config"
)

func inbound(t *testing.T, c *cloud) map[string]any {
	t.Helper()
	rules := map[string]any{}
	for _, r := range c.get(t, "Firewall", "platform-observability").Inputs["inboundRules"].ArrayValue() {
		o := r.ObjectValue()
		from := o["sourceAddresses"]
		if o.HasValue("sourceTags") {
			from = o["sourceTags"]
		}
		rules[o["portRange"].StringValue()] = from.Mappable()
	}
	return rules
}

func withoutGrafana(t *testing.T) map[string]string {
	t.Helper()
	values := platformConfig(t)
	names := slices.DeleteFunc(config.ImagesOf(config.KindPlatform), func(n string) bool { return n == "grafana" })
	values["odooops:images"] = images(t, names...)
	return values
}

// secretUpload is a container's file, and whether it is secret.
func secretUpload(t *testing.T, c *cloud, container, path string) (text string, secret bool) {
	t.Helper()
	for _, u := range c.get(t, "Container", container).Inputs["uploads"].ArrayValue() {
		o := u.ObjectValue()
		if o["file"].StringValue() != path {
			continue
		}
		if content := o["content"]; content.IsSecret() {
			return content.SecretValue().Element.StringValue(), true
		}
		return o["content"].StringValue(), false
	}
	require.Failf(t, "no such file", "%s of %s", path, container)
	return "", false
}

func TestTheHostThatWatchesTakesTelemetryFromTheVPCAlone(t *testing.T) {
	assert.Equal(t, map[string]any{
		"22": []any{"odooops:host:platform-bastion"}, "4318": []any{"10.20.0.0/20"},
		"80": []any{"0.0.0.0/0", "::/0"}, "443": []any{"0.0.0.0/0", "::/0"},
	}, inbound(t, declarePlatform(t)))
	c, err := declare(t, "platform", withoutGrafana(t), stacks.Options{})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{
		"22": []any{"odooops:host:platform-bastion"}, "4318": []any{"10.20.0.0/20"},
	}, inbound(t, c), "nothing to serve to the world")
}

func TestEveryHostReachesTheOneThatWatches(t *testing.T) {
	for stack, values := range map[string]map[string]string{
		"production": productionConfig(t), "staging": stagingConfig(t), "preview-host": previewHostConfig(t),
	} {
		declared, err := declare(t, stack, values, stacks.Options{})
		require.NoError(t, err)
		to := map[string]any{}
		declared.each("Firewall", func(a pulumi.MockResourceArgs) {
			for _, rule := range a.Inputs["outboundRules"].ArrayValue() {
				r := rule.ObjectValue().Mappable()
				if r["portRange"] != nil {
					to[r["portRange"].(string)] = r["destinationAddresses"]
				}
			}
		})
		assert.Equal(t, []any{"10.20.0.7/32"}, to["4318"], stack)
	}
}

func TestOnlyTheEdgeOfTheHostThatWatchesIsPublished(t *testing.T) {
	published := map[string]int{}
	declarePlatform(t).each("Container", func(a pulumi.MockResourceArgs) {
		if p, ok := a.Inputs["ports"]; ok {
			published[a.Name] = len(p.ArrayValue())
		}
	})
	assert.Equal(t, map[string]int{"platform-edge": 3}, published)
}

func TestWithoutAnImageThereIsNoGrafanaAndNoName(t *testing.T) {
	c, err := declare(t, "platform", withoutGrafana(t), stacks.Options{})
	require.NoError(t, err)
	for name := range c.declared {
		assert.NotContains(t, name, "grafana")
	}
	for _, role := range []string{"loki", "prometheus", "alertmanager", "edge", "agent"} {
		c.get(t, "Container", "platform-"+role)
	}
	routes, _ := secretUpload(t, c, "platform-edge", "/etc/traefik/dynamic/watch.yml")
	assert.NotContains(t, routes, "grafana")
}

func TestGrafanaIsProvisionedFromFiles(t *testing.T) {
	c := declarePlatform(t)
	assert.Equal(t, "grafana", c.get(t, "DnsRecord", "platform-grafana").Inputs["name"].StringValue())
	for _, file := range []string{
		"/etc/grafana/grafana.ini", "/etc/grafana/provisioning/datasources/odooops.yaml",
		"/etc/grafana/provisioning/dashboards/odooops.yaml", "/etc/grafana/dashboards/fleet.json",
	} {
		text, _ := secretUpload(t, c, "platform-grafana", file)
		assert.NotContains(t, text, "[[", file)
	}
}

func TestLogsAreInABucketThatALokiAloneWrites(t *testing.T) {
	c := declarePlatform(t)
	bucket := c.get(t, "SpacesBucket", "platform-logs")
	assert.True(t, bucket.RegisterRPC.GetProtect())
	grants := c.get(t, "SpacesKey", "platform-logs").Inputs["grants"].Mappable()
	assert.Equal(t, []any{map[string]any{"bucket": bucket.Inputs["name"].StringValue(), "permission": "readwrite"}}, grants)
	conf, secret := secretUpload(t, c, "platform-loki", "/etc/loki/loki.yaml")
	assert.True(t, secret)
	assert.Contains(t, conf, "archive-secret-key")
	assert.Contains(t, conf, "retention_period: 30d")
	secretUpload(t, c, "platform-loki", "/etc/loki/rules/fake/odoo.yaml")
	secretUpload(t, c, "platform-prometheus", "/etc/prometheus/rules/site.yaml")
}

func TestEachZoneWritesWithItsOwnToken(t *testing.T) {
	values := platformConfig(t)
	values["odooops:previewsTelemetryHash"] = edge.Hash("of the previews")
	c, err := declare(t, "platform", values, stacks.Options{})
	require.NoError(t, err)
	routes, secret := secretUpload(t, c, "platform-edge", "/etc/traefik/dynamic/watch.yml")
	assert.True(t, secret)
	assert.Contains(t, routes, "agent:"+edge.Hash("telemetry-token-of-core"))
	assert.Contains(t, routes, "previews:"+edge.Hash("of the previews"))
}

func TestNoSecretOfThePlatformIsInClearAnywhere(t *testing.T) {
	for name, a := range declarePlatform(t).declared {
		for field, value := range a.RegisterRPC.GetObject().GetFields() {
			if strings.Contains(value.String(), resource.SecretSig) {
				continue
			}
			for _, secret := range []string{
				"telemetry-token-of-core", "grafana-password-1", "webhook-key", "switch-key", "archive-secret-key", "PRIVATE KEY",
			} {
				assert.NotContains(t, value.String(), secret, "%s.%s", name, field)
			}
		}
	}
}

// environment is a container's variables.
func environment(t *testing.T, c *cloud, container string) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, e := range c.get(t, "Container", container).Inputs["envs"].ArrayValue() {
		name, value, _ := strings.Cut(e.StringValue(), "=")
		env[name] = value
	}
	return env
}

func TestEveryHostHasAnAgentThatSaysWhoseItIs(t *testing.T) {
	for stack, c := range map[string]struct {
		values map[string]string
		kind   string
		host   string
		url    string
	}{
		"platform":     {platformConfig(t), "platform", "platform-observability", "http://edge:4318"},
		"production":   {productionConfig(t), "production", "production", "http://10.20.0.7:4318"},
		"staging":      {stagingConfig(t), "staging", "staging", "http://10.20.0.7:4318"},
		"preview-host": {previewHostConfig(t), "preview-host", "preview-host", "http://10.20.0.7:4318"},
	} {
		t.Run(stack, func(t *testing.T) {
			declared, err := declare(t, stack, c.values, stacks.Options{})
			require.NoError(t, err)
			env := environment(t, declared, stack+"-agent")
			assert.Equal(t, []string{stack, c.kind, c.host}, []string{env["AGENT_STACK"], env["AGENT_KIND"], env["AGENT_HOST"]})
			url, secret := secretUpload(t, declared, stack+"-agent", "/run/odooops/agent/url")
			assert.Equal(t, c.url, url)
			assert.True(t, secret)
		})
	}
}

func TestWhereNobodyWatchesThereIsNoAgent(t *testing.T) {
	for stack, values := range map[string]map[string]string{
		"production": productionConfig(t), "staging": stagingConfig(t), "preview-host": previewHostConfig(t),
	} {
		c, err := declare(t, stack, values, stacks.Options{}, "telemetry", "telemetryToken", "observability")
		require.NoError(t, err, stack)
		c.each("Container", func(a pulumi.MockResourceArgs) {
			assert.NotContains(t, a.Name, "agent")
			assert.NotContains(t, a.Name, "metrics")
		})
		c.each("Network", func(a pulumi.MockResourceArgs) { assert.NotContains(t, a.Name, "telemetry") })
	}
}

func TestTheAgentAsksTheExporterBesidePostgres(t *testing.T) {
	for stack, values := range map[string]map[string]string{"production": productionConfig(t), "staging": stagingConfig(t)} {
		c, err := declare(t, stack, values, stacks.Options{})
		require.NoError(t, err)
		assert.Equal(t, "metrics:9187", environment(t, c, stack+"-agent")["AGENT_EXPORTER"])
		assert.Equal(t, map[string]bool{stack + "-data": true}, networksOf(t, c, stack+"-metrics"))
		assert.Contains(t, networksOf(t, c, stack+"-agent"), stack+"-data")
	}
}

// What can leave a contained host is what is on a network with a way out.
func TestTheAgentIsAloneOnItsWayOut(t *testing.T) {
	for stack, values := range map[string]map[string]string{
		"production": productionConfig(t), "staging": stagingConfig(t), "preview-host": previewHostConfig(t),
	} {
		c, err := declare(t, stack, values, stacks.Options{})
		require.NoError(t, err)
		var on []string
		c.each("Container", func(a pulumi.MockResourceArgs) {
			if !a.Inputs.HasValue("networksAdvanced") {
				return // the previews' edge: on the host's own
			}
			if _, ok := networksOf(t, c, a.Name)[stack+"-telemetry"]; ok {
				on = append(on, a.Name)
			}
		})
		assert.Equal(t, []string{stack + "-agent"}, on)
	}
}

func TestDigitalOceanLooksFromOutsideAndAtEachDroplet(t *testing.T) {
	c := declareProduction(t, stacks.Options{})
	check := c.get(t, "UptimeCheck", "production").Inputs
	assert.Equal(t, "https://erp.example.com/web/health", check["target"].StringValue())
	types := map[string]string{}
	c.each("UptimeAlert", func(a pulumi.MockResourceArgs) { types[a.Name] = a.Inputs["type"].StringValue() })
	assert.Equal(t, map[string]string{"production-down": "down_global", "production-certificate": "ssl_expiry"}, types)

	alerts := map[string]bool{}
	note := func(a pulumi.MockResourceArgs) {
		alerts[a.Name] = true
		text, err := json.Marshal(a.Inputs["alerts"].Mappable())
		require.NoError(t, err)
		assert.JSONEq(t, `{"emails":["ops@example.com"]}`, string(text))
	}
	c.each("MonitorAlert", note)
	declarePlatform(t).each("MonitorAlert", note)
	assert.ElementsMatch(t, []string{
		"production-cpu", "production-memory", "production-disk",
		"platform-bastion-cpu", "platform-bastion-memory", "platform-bastion-disk",
		"platform-observability-cpu", "platform-observability-memory", "platform-observability-disk",
	}, slices.Collect(maps.Keys(alerts)))
}

func TestWithoutAddressesNobodyIsWrittenTo(t *testing.T) {
	c, err := declare(t, "production", productionConfig(t), stacks.Options{}, "alertEmails")
	require.NoError(t, err)
	c.get(t, "UptimeCheck", "production")
	for _, kind := range []string{"UptimeAlert", "MonitorAlert"} {
		c.each(kind, func(a pulumi.MockResourceArgs) { assert.Fail(t, a.Name) })
	}
}
