package stacks_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks"
	"github.com/odooops/odooops/stacks/config"
)

func previewHostConfig(t *testing.T) map[string]string {
	operator := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKUNGH0xqnb2pPpeGqMSFhYtQwNQ2Dug7Ps0Vd0n0Hh4"
	return map[string]string{
		"odooops:kind": "preview-host", "odooops:domain": "example.com", "odooops:region": "fra1",
		"odooops:bastionHostKey": operator, "odooops:coreOperatorKey": operator, "odooops:backendId": backendID,
		"odooops:images": images(t, config.ImagesOf(config.KindPreviewHost)...), "odooops:telemetryToken": "telemetry-token-of-previews",
		"odooops:alertEmails": `["ops@example.com"]`, "odooops:sshOperatorKey": privateKey(t), "odooops:hostKey": privateKey(t),
	}
}

func declarePreviewHost(t *testing.T) *cloud {
	t.Helper()
	c, err := declare(t, "preview-host", previewHostConfig(t), stacks.Options{})
	require.NoError(t, err)
	return c
}

func TestThePreviewsHostFindsThePlatformByNameAndReadsNoStateOfIts(t *testing.T) {
	c := declarePreviewHost(t)
	c.each("StackReference", func(a pulumi.MockResourceArgs) { assert.Fail(t, "core's state is read", a.Name) })
	assert.Equal(t, "vpc", c.get(t, "Droplet", "preview-host").Inputs["vpcUuid"].StringValue())
	rules := c.get(t, "Firewall", "preview-host").Inputs["inboundRules"].String()
	assert.Contains(t, rules, "odooops:host:platform-bastion")
}

func TestAMissingPlatformIsNamedByThePreviewsHost(t *testing.T) {
	for _, what := range []string{"getVpc", "getDroplet"} {
		_, err := declare(t, "preview-host", previewHostConfig(t), stacks.Options{}, what)
		assert.ErrorContains(t, err, "odooops up platform", what)
	}
}

func TestAHalfBuiltPlatformIsOneClearError(t *testing.T) {
	_, err := declare(t, "staging", stagingConfig(t), stacks.Options{}, "bastion")
	assert.ErrorContains(t, err, "half-built")
	assert.ErrorContains(t, err, "bastion.hostKey")
	assert.ErrorContains(t, err, "odooops up platform")
	_, err = declare(t, "staging", stagingConfig(t), stacks.Options{}, "kind")
	assert.ErrorContains(t, err, "odooops up")
}

func TestTheSharedEdgeIsOnTheHostsNetworkAndReadsOnly(t *testing.T) {
	edge := declarePreviewHost(t).get(t, "Container", "preview-host-edge").Inputs
	assert.Equal(t, "host", edge["networkMode"].StringValue())
	assert.NotContains(t, edge, resource.PropertyKey("networksAdvanced"))
	for _, v := range edge["volumes"].ArrayValue() {
		assert.True(t, v.ObjectValue()["readOnly"].BoolValue())
		assert.NotContains(t, v.ObjectValue()["hostPath"].StringValue(), "docker.sock")
	}
}

func TestAHostThatIsTooSmallForPreviewsIsRefused(t *testing.T) {
	values := previewHostConfig(t)
	values["odooops:size"] = "s-1vcpu-2gb"
	_, err := declare(t, "preview-host", values, stacks.Options{})
	assert.ErrorContains(t, err, "has no room for a preview")
}

func TestAPreviewIsMadeAnewWithItsHostAndNeverByDiallingADeadOne(t *testing.T) {
	for _, token := range []string{"docker:index/container:Container", "docker:index/network:Network", "docker:index/volume:Volume", "docker:index/remoteImage:RemoteImage"} {
		seen := 0
		for name, a := range declarePreview(t, nil).declared {
			if a.TypeToken != token {
				continue
			}
			seen++
			assert.Equal(t, "42", a.RegisterRPC.GetReplacementTrigger().GetStringValue(), name)
			assert.Empty(t, a.RegisterRPC.GetReplaceWith(), name)
			assert.Empty(t, a.RegisterRPC.GetDeletedWith(), name)
		}
		assert.Positive(t, seen, token)
	}
}

func TestAPreviewDeclaresNoMachine(t *testing.T) {
	c := declarePreview(t, nil)
	for name, a := range c.declared {
		if strings.HasPrefix(a.TypeToken, "digitalocean:") {
			assert.Equal(t, "DnsRecord", short(a.TypeToken), name)
		}
	}
}

func TestAPreviewsNamesAreSingleLabelsAndOneRecordSaysWhoseTheyAre(t *testing.T) {
	c := declarePreview(t, nil)
	for record, want := range map[string][3]string{
		"preview-pr-7":      {"A", "pr-7.preview", "203.0.113.9"},
		"preview-pr-7-mail": {"A", "pr-7-mail.preview", "203.0.113.9"},
		"preview-pr-7-mark": {"TXT", "pr-7.preview", "odooops backend=" + backendID + " stack=preview-pr-7 kind=preview created=2026-01-01T00:00:00Z"},
	} {
		in := c.get(t, "DnsRecord", record).Inputs
		assert.Equal(t, want, [3]string{in["type"].StringValue(), in["name"].StringValue(), in["value"].StringValue()})
	}
}

func TestAPreviewsDataIsACopyOfTheTemplateThatIsItsOwn(t *testing.T) {
	c := declarePreview(t, nil)
	options := c.get(t, "Volume", "preview-pr-7-filestore").Inputs["driverOpts"].ObjectValue()
	assert.Equal(t, "lowerdir=/data/templates/t1/filestore,"+
		"upperdir=/var/lib/docker/volumes/preview-pr-7-data/_data/upper,"+
		"workdir=/var/lib/docker/volumes/preview-pr-7-data/_data/work", options["o"].StringValue())
	seed := c.get(t, "Container", "preview-pr-7-seed").Inputs
	for _, v := range seed["volumes"].ArrayValue() {
		if v.ObjectValue()["containerPath"].StringValue() == "/template" {
			assert.True(t, v.ObjectValue()["readOnly"].BoolValue())
			assert.Equal(t, "/data/templates/t1", v.ObjectValue()["hostPath"].StringValue())
		}
	}
	assert.Equal(t, []any{"preview"}, c.get(t, "Container", "preview-pr-7-postgres").Inputs["command"].Mappable())
	assert.NotContains(t, c.declared, "docker:index/container:Container preview-pr-7-odoo-init")
}

func TestResettingTheDataIsOtherVolumesAndNothingElseIs(t *testing.T) {
	generation := func(more map[string]string) string {
		return labels(declarePreview(t, more).get(t, "Volume", "preview-pr-7-data"))["odooops.generation"]
	}
	first := generation(nil)
	assert.Equal(t, first, generation(map[string]string{"update": "true", "owner": "hubot"}))
	assert.NotEqual(t, first, generation(map[string]string{"resetToken": "again"}))
	assert.NotEqual(t, first, generation(map[string]string{"template": "t2"}))
}

func TestNobodyWaitsForHealthInAPreviewAndIdleOnesAreAskedSeldom(t *testing.T) {
	c := declarePreview(t, nil)
	for _, name := range []string{"odoo", "postgres", "mail"} {
		in := c.get(t, "Container", "preview-pr-7-"+name).Inputs
		assert.NotContains(t, in, resource.PropertyKey("wait"), name)
		assert.Contains(t, []string{"30s", "1m0s"}, in["healthcheck"].ObjectValue()["interval"].StringValue(), name)
		assert.Positive(t, in["cpuShares"].NumberValue(), name)
	}
}

func TestChangedModulesAreUpdatedBetweenTheDatabaseAndTheServer(t *testing.T) {
	assert.NotContains(t, declarePreview(t, nil).declared, "docker:index/container:Container preview-pr-7-odoo-update")
	c := declarePreview(t, map[string]string{"update": "true", "test": "true"})
	job := c.get(t, "Container", "preview-pr-7-odoo-update")
	assert.Equal(t, []any{"odoo-update", "--test"}, job.Inputs["command"].Mappable())
	after := strings.Join(job.RegisterRPC.GetDependencies(), " ")
	assert.Contains(t, after, "::preview-pr-7-postgres")
	server := c.get(t, "Container", "preview-pr-7-odoo")
	assert.Contains(t, strings.Join(server.RegisterRPC.GetDependencies(), " "), "::preview-pr-7-odoo-update")
	assert.Equal(t, "done", labels(server)["odooops.result-1"], "a job that failed keeps the server from starting")
}

func TestAPreviewWithADropletOfItsOwnIsUpdatedToo(t *testing.T) {
	more := dedicated(t)
	assert.NotContains(t, declarePreview(t, more).declared, "docker:index/container:Container preview-pr-7-odoo-update")
	more["update"] = "true"
	c := declarePreview(t, more)
	job := c.get(t, "Container", "preview-pr-7-odoo-update")
	assert.Equal(t, []any{"odoo-update"}, job.Inputs["command"].Mappable())
	server := c.get(t, "Container", "preview-pr-7-odoo")
	assert.Contains(t, strings.Join(server.RegisterRPC.GetDependencies(), " "), "::preview-pr-7-odoo-update")
}

func TestTheEdgeFindsAPreviewByItsLabels(t *testing.T) {
	c := declarePreview(t, map[string]string{"allowCidrs": `["198.51.100.0/24"]`})
	for name, host := range map[string]string{"odoo": "pr-7.preview.example.com", "mail": "pr-7-mail.preview.example.com"} {
		routes, err := base64.StdEncoding.DecodeString(labels(c.get(t, "Container", "preview-pr-7-"+name))["odooops.routes"])
		require.NoError(t, err)
		for _, part := range []string{"Host(`" + host + "`)", "http://@IP@:", "basicAuth", "noindex", "ClientIP(`192.0.2.0/24`)", "ClientIP(`198.51.100.0/24`)"} {
			assert.Contains(t, string(routes), part)
		}
	}
}
