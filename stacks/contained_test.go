package stacks_test

import (
	"encoding/base64"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks"
	"github.com/odooops/odooops/stacks/config"
)

const backendID = "0b5d6d6e-7f4e-4a51-9c55-0a3e8e6f1a11"

func stagingConfig(t *testing.T) map[string]string {
	v := productionConfig(t)
	for _, key := range []string{"mail", "pgbackrestCipher", "mailgunPassword"} {
		delete(v, "odooops:"+key)
	}
	v["odooops:kind"], v["odooops:images"] = "staging", images(t, config.ImagesOf(config.KindStaging)...)
	v["odooops:edgePassword"], v["odooops:backendId"] = "password-at-the-edge", backendID
	return v
}

// previewValues are what `pr up` gives to the program.
func previewValues(t *testing.T, more map[string]string) map[string]string {
	v := map[string]string{
		"kind": "preview", "images": images(t, "odoo", "postgres", "mailhog"),
		"zoneKey": "the-key-of-the-zone-of-previews", "backendId": backendID,
		"number": "7", "owner": "octocat", "created": "2026-01-01T00:00:00Z", "expiresAt": "2026-01-04T00:00:00Z",
		"data": "template", "template": "t1", "hostId": "42",
	}
	maps.Copy(v, more)
	return v
}

func declareStaging(t *testing.T, change map[string]string) *cloud {
	t.Helper()
	v := stagingConfig(t)
	maps.Copy(v, change)
	c, err := declare(t, "staging", v, stacks.Options{})
	require.NoError(t, err)
	return c
}

func declarePreview(t *testing.T, more map[string]string) *cloud {
	t.Helper()
	c, err := declare(t, "preview-pr-7", nil, stacks.Options{Values: previewValues(t, more)})
	require.NoError(t, err)
	return c
}

func dedicated(t *testing.T) map[string]string {
	return map[string]string{"placement": "dedicated", "data": "demo", "template": "", "sshOperatorKey": privateKey(t)}
}

// everyContained runs a test for all that is not production.
func everyContained(t *testing.T, check func(t *testing.T, stack string, c *cloud)) {
	for name, c := range map[string]struct {
		stack   string
		declare func(t *testing.T) *cloud
	}{
		"staging":           {"staging", func(t *testing.T) *cloud { return declareStaging(t, nil) }},
		"shared preview":    {"preview-pr-7", func(t *testing.T) *cloud { return declarePreview(t, nil) }},
		"demo preview":      {"preview-pr-7", func(t *testing.T) *cloud { return declarePreview(t, map[string]string{"data": "demo", "template": ""}) }},
		"dedicated preview": {"preview-pr-7", func(t *testing.T) *cloud { return declarePreview(t, dedicated(t)) }},
	} {
		t.Run(name, func(t *testing.T) { check(t, c.stack, c.declare(t)) })
	}
}

// networksOf are the networks of a container, true for the internal ones.
func networksOf(t *testing.T, c *cloud, container string) map[string]bool {
	t.Helper()
	on := map[string]bool{}
	for _, n := range c.get(t, "Container", container).Inputs["networksAdvanced"].ArrayValue() {
		name := n.ObjectValue()["name"].StringValue()
		on[name] = c.get(t, "Network", name).Inputs["internal"].BoolValue()
	}
	return on
}

// upload is a file of a container.
func upload(t *testing.T, c *cloud, container, path string) string {
	t.Helper()
	for _, f := range c.get(t, "Container", container).Inputs["uploads"].ArrayValue() {
		file := f.ObjectValue()
		if file["file"].StringValue() == path {
			content := file["content"]
			if content.IsSecret() {
				content = content.SecretValue().Element
			}
			return content.StringValue()
		}
	}
	require.Failf(t, "no such upload", "%s of %s", path, container)
	return ""
}

func env(t *testing.T, c *cloud, container string) []string {
	t.Helper()
	var all []string
	for _, e := range c.get(t, "Container", container).Inputs["envs"].ArrayValue() {
		all = append(all, e.StringValue())
	}
	return all
}

func labels(a pulumi.MockResourceArgs) map[string]string {
	all := map[string]string{}
	if a.Inputs["labels"].IsArray() {
		for _, l := range a.Inputs["labels"].ArrayValue() {
			all[l.ObjectValue()["label"].StringValue()] = l.ObjectValue()["value"].StringValue()
		}
	}
	return all
}

func TestWhatIsNotProductionHasNoWayOut(t *testing.T) {
	everyContained(t, func(t *testing.T, stack string, c *cloud) {
		c.each("Container", func(a pulumi.MockResourceArgs) {
			if a.Name == stack+"-edge" {
				return
			}
			assert.NotContains(t, a.Inputs, resource.PropertyKey("ports"), a.Name)
			if mode, ok := a.Inputs["networkMode"]; ok {
				assert.Equal(t, "none", mode.StringValue(), a.Name)
				return
			}
			for name, internal := range networksOf(t, c, a.Name) {
				// Its way to the observability host, which nobody else is on.
				own := a.Name == stack+"-agent" && name == stack+"-telemetry"
				assert.True(t, internal || own, "%s is on %s", a.Name, name)
			}
		})
	})
}

func TestWhatIsListedIsReachedByTheProxyAndOdooStaysInside(t *testing.T) {
	for stack, c := range map[string]*cloud{
		"staging":      declareStaging(t, map[string]string{"odooops:egressAllow": `["api.example.org"]`}),
		"preview-pr-7": declarePreview(t, map[string]string{"egressAllow": `["api.example.org"]`}),
	} {
		assert.Equal(t, "api.example.org\n", upload(t, c, stack+"-egress", "/run/odooops/egress-allow"))
		assert.Contains(t, env(t, c, stack+"-odoo"), "HTTPS_PROXY=http://egress:8888")
		for name, internal := range networksOf(t, c, stack+"-odoo") {
			assert.True(t, internal, name)
		}
		assert.Len(t, networksOf(t, c, stack+"-egress"), 2)
		proxy := c.get(t, "Container", stack+"-egress").Inputs
		assert.LessOrEqual(t, proxy["memory"].NumberValue(), 64.0)
		assert.Contains(t, proxy["healthcheck"].ObjectValue()["tests"].Mappable(), "/usr/local/bin/serve", "not all of Traefik")
	}
}

func TestEveryMailEndsInTheCatcher(t *testing.T) {
	everyContained(t, func(t *testing.T, stack string, c *cloud) {
		conf := upload(t, c, stack+"-odoo", "/run/odooops/odoo.conf")
		assert.Contains(t, conf, "mail_catcher = mail:1025\n")
		assert.NotContains(t, conf, "smtp_")
		c.each("Firewall", func(a pulumi.MockResourceArgs) {
			for _, r := range a.Inputs["outboundRules"].ArrayValue() {
				if p, ok := r.ObjectValue()["portRange"]; ok {
					assert.NotContains(t, []string{"25", "465", "587", "2525"}, p.StringValue())
				}
			}
		})
	})
}

func TestOneWorkerAtMost(t *testing.T) {
	c := declareStaging(t, map[string]string{"odooops:size": "s-4vcpu-8gb"})
	conf := upload(t, c, "staging-odoo", "/run/odooops/odoo.conf")
	assert.Contains(t, conf, "workers = 1\nmax_cron_threads = 1\n")
	conf = upload(t, declarePreview(t, nil), "preview-pr-7-odoo", "/run/odooops/odoo.conf")
	assert.Contains(t, conf, "workers = 0\nmax_cron_threads = 1\n")
}

func TestANewDatabaseIsNeutralizedBeforeAnybodyReachesIt(t *testing.T) {
	staging := declareStaging(t, nil)
	assert.Subset(t, env(t, staging, "staging-odoo-init"),
		[]string{"ODOO_NEUTRALIZE=1", "ODOO_URL=https://staging.example.com", "ODOO_DOMAIN=staging.example.com"})
	assert.NotContains(t, env(t, staging, "staging-odoo-init"), "ODOO_DEMO=1")

	for _, more := range []map[string]string{{"data": "demo", "template": ""}, dedicated(t)} {
		assert.Subset(t, env(t, declarePreview(t, more), "preview-pr-7-odoo-init"), []string{
			"ODOO_NEUTRALIZE=1", "ODOO_DEMO=1", "ODOO_URL=https://pr-7.preview.example.com",
			"ODOO_INIT_MODULES=base,web,mail,contacts",
		})
	}
}

func TestNothingOfPreviewsAndStagingIsProtectedUnlessAsked(t *testing.T) {
	everyContained(t, func(t *testing.T, _ string, c *cloud) {
		for name, a := range c.declared {
			assert.False(t, a.RegisterRPC.GetProtect(), name)
		}
	})
	volume := declareStaging(t, map[string]string{"odooops:protect": "true"}).declared["digitalocean:index/volume:Volume staging"]
	assert.True(t, volume.RegisterRPC.GetProtect())
}

func TestNoPasswordOfAPreviewIsInClearAnywhere(t *testing.T) {
	everyContained(t, func(t *testing.T, stack string, c *cloud) {
		hidden := []string{"password-at-the-edge", "the-key-of-the-zone", "administrator-password", "database-password", "PRIVATE KEY"}
		for _, purpose := range []string{"admin", "master", "database", "postgres", "edge"} {
			hidden = append(hidden, config.Derive("the-key-of-the-zone-of-previews", stack, purpose))
		}
		for name, a := range c.declared {
			for field, value := range a.RegisterRPC.GetObject().GetFields() {
				text := value.String()
				if strings.Contains(text, resource.SecretSig) {
					continue
				}
				for _, secret := range hidden {
					assert.NotContains(t, text, secret, "%s.%s", name, field)
				}
			}
			for label, value := range labels(a) {
				decoded, _ := base64.StdEncoding.DecodeString(value)
				for _, secret := range hidden {
					assert.NotContains(t, string(decoded), secret, "%s of %s", label, name)
				}
			}
		}
	})
}

func TestStagingAsksForAPasswordAtBothItsNames(t *testing.T) {
	c := declareStaging(t, nil)
	for _, file := range []string{"routes.yml", "mail.yml"} {
		text := upload(t, c, "staging-edge", "/etc/traefik/dynamic/"+file)
		assert.Contains(t, text, "basicAuth")
		assert.Contains(t, text, "noindex, nofollow")
	}
	assert.Equal(t, []string{"EDGE_NAMES=staging.example.com,staging-mail.example.com"}, env(t, c, "staging-edge"))
	assert.Equal(t, "staging-mail", c.get(t, "DnsRecord", "staging-mail").Inputs["name"].StringValue())
}

func TestStagingArchivesNothing(t *testing.T) {
	c := declareStaging(t, nil)
	c.each("SpacesBucket", func(a pulumi.MockResourceArgs) { assert.Fail(t, "a bucket", a.Name) })
	assert.NotContains(t, c.declared, "docker:index/container:Container staging-backup")
	assert.Contains(t, upload(t, c, "staging-postgres", "/run/odooops/postgresql.conf"), "archive_mode = off\n")
}

func TestEverythingSaysWhoseItIs(t *testing.T) {
	everyContained(t, func(t *testing.T, stack string, c *cloud) {
		kind := strings.SplitN(stack, "-", 2)[0]
		for _, short := range []string{"Container", "Network"} {
			c.each(short, func(a pulumi.MockResourceArgs) {
				l := labels(a)
				assert.Equal(t, []string{stack, kind, backendID}, []string{l["odooops.stack"], l["odooops.kind"], l["odooops.backend"]}, a.Name)
			})
		}
		c.each("Droplet", func(a pulumi.MockResourceArgs) {
			assert.Subset(t, a.Inputs["tags"].Mappable(), []any{"odooops:kind:" + kind, "odooops:stack:" + stack, "odooops:backend:" + backendID})
		})
	})
	tags := declarePreview(t, dedicated(t)).get(t, "Droplet", "preview-pr-7").Inputs["tags"].Mappable()
	assert.Subset(t, tags, []any{"odooops:owner:octocat", "odooops:created:20260101T000000Z"})
}
