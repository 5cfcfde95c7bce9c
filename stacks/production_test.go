package stacks_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks"
)

func TestWhatHoldsDataIsProtected(t *testing.T) {
	c := declareProduction(t, stacks.Options{})
	for kind, name := range map[string]string{
		"Volume": "production", "ReservedIp": "production", "Droplet": "production", "SpacesBucket": "production-wal",
	} {
		var found bool
		for _, a := range c.declared {
			if short(a.TypeToken) == kind && a.Name == name && strings.HasPrefix(a.TypeToken, "digitalocean:") {
				found = true
				assert.True(t, a.RegisterRPC.GetProtect(), kind)
			}
		}
		assert.True(t, found, kind)
	}
}

func TestDataNeverSharesTheFateOfAMachine(t *testing.T) {
	for name, a := range declareProduction(t, stacks.Options{}).declared {
		if a.RegisterRPC.GetProtect() {
			assert.Empty(t, a.RegisterRPC.GetReplaceWith(), name)
			assert.Empty(t, a.RegisterRPC.GetDeletedWith(), name)
		}
	}
}

func TestProtectionCanBeLiftedByConfig(t *testing.T) {
	values := productionConfig(t)
	values["odooops:protect"] = "false"
	c, err := declare(t, "production", values, stacks.Options{})
	require.NoError(t, err)
	for name, a := range c.declared {
		assert.False(t, a.RegisterRPC.GetProtect(), name)
	}
}

func TestAnUpdateNeverReplacesTheDropletForItsUserData(t *testing.T) {
	rpc := declareProduction(t, stacks.Options{}).get(t, "Droplet", "production").RegisterRPC
	assert.ElementsMatch(t, []string{"userData", "sshKeys"}, rpc.GetIgnoreChanges())
	assert.True(t, rpc.GetDeleteBeforeReplaceDefined())
	assert.False(t, rpc.GetDeleteBeforeReplace())
}

func TestReplacingTheHostLiftsOnlyTheDropletsProtection(t *testing.T) {
	c := declareProduction(t, stacks.Options{ReplaceHost: true})
	droplet := c.get(t, "Droplet", "production").RegisterRPC
	assert.False(t, droplet.GetProtect())
	assert.Empty(t, droplet.GetIgnoreChanges(), "the new machine boots today's user data")
	assert.True(t, c.declared["digitalocean:index/volume:Volume production"].RegisterRPC.GetProtect())
}

func TestUserDataIsASecret(t *testing.T) {
	droplet := declareProduction(t, stacks.Options{}).get(t, "Droplet", "production")
	assert.Contains(t, droplet.RegisterRPC.GetObject().GetFields()["userData"].String(), resource.SecretSig)
}

func TestNoSecretIsInClearAnywhere(t *testing.T) {
	for name, a := range declareProduction(t, stacks.Options{}).declared {
		for field, value := range a.RegisterRPC.GetObject().GetFields() {
			text := value.String()
			if strings.Contains(text, resource.SecretSig) {
				continue
			}
			assert.NotContains(t, text, "PRIVATE KEY", "%s.%s", name, field)
			assert.NotContains(t, text, "archive-secret-key", "%s.%s", name, field)
			for key, secret := range secrets {
				assert.NotContains(t, text, secret, "%s in %s.%s", key, name, field)
			}
		}
	}
}

func TestOnlyTheWebIsOpenAndSSHOnlyFromTheBastion(t *testing.T) {
	rules := declareProduction(t, stacks.Options{}).get(t, "Firewall", "production").Inputs["inboundRules"].ArrayValue()
	open := map[string]any{}
	for _, r := range rules {
		rule := r.Mappable().(map[string]any)
		from := rule["sourceAddresses"]
		if from == nil {
			from = rule["sourceTags"]
		}
		open[rule["portRange"].(string)] = from
	}
	assert.Equal(t, map[string]any{
		"22":  []any{"odooops:host:platform-bastion"},
		"80":  []any{"0.0.0.0/0", "::/0"},
		"443": []any{"0.0.0.0/0", "::/0"},
	}, open)
}

func TestMailLeavesBy2525AndByNoOtherMailPort(t *testing.T) {
	rules := declareProduction(t, stacks.Options{}).get(t, "Firewall", "production").Inputs["outboundRules"].ArrayValue()
	var ports []string
	for _, r := range rules {
		if p, ok := r.ObjectValue()["portRange"]; ok {
			ports = append(ports, p.StringValue())
		}
	}
	assert.Contains(t, ports, "2525")
	for _, closed := range []string{"25", "465", "587"} {
		assert.NotContains(t, ports, closed)
	}
}

func TestTheArchiveIsPrivateVersionedAndHasKeysForItselfAlone(t *testing.T) {
	c := declareProduction(t, stacks.Options{})
	var names []any
	for _, name := range []string{"production-wal", "production-wal-files"} {
		bucket := c.get(t, "SpacesBucket", name).Inputs
		assert.Equal(t, "private", bucket["acl"].StringValue())
		assert.True(t, bucket["versioning"].ObjectValue()["enabled"].BoolValue())
		assert.False(t, bucket["forceDestroy"].BoolValue(), "a destroy never empties it")
		names = append(names, bucket["name"].StringValue())
	}
	for key, permission := range map[string]string{
		"production-wal": "readwrite", "production-wal-read": "read", "production-wal-expire": "readwrite",
	} {
		assert.Equal(t, []any{
			map[string]any{"bucket": names[0], "permission": permission},
			map[string]any{"bucket": names[1], "permission": permission},
		}, c.get(t, "SpacesKey", key).Inputs["grants"].Mappable(), key)
	}
}

func TestTheMachineKnowsBothRepositoriesAndReadsOdoosFilesOnly(t *testing.T) {
	c := declareProduction(t, stacks.Options{})
	upload := func(container, path string) string {
		t.Helper()
		for _, u := range c.get(t, "Container", container).Inputs["uploads"].ArrayValue() {
			if u.ObjectValue()["file"].StringValue() == path {
				content := u.ObjectValue()["content"]
				if content.IsSecret() {
					content = content.SecretValue().Element
				}
				return content.StringValue()
			}
		}
		t.Fatalf("%s is not given %s", container, path)
		return ""
	}
	for _, container := range []string{"production-postgres", "production-backup"} {
		var archive struct {
			Stanza, Database, Cipher string
			Repositories             []struct {
				Number               int
				Endpoint, Bucket     string
				FilesBucket, KeyID   string
				Region, Path, Secret string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(upload(container, "/run/odooops/archive.json")), &archive))
		assert.Equal(t, "production odoo", archive.Stanza+" "+archive.Database)
		require.Len(t, archive.Repositories, 2)
		assert.Equal(t, "fra1.digitaloceanspaces.com", archive.Repositories[0].Endpoint)
		assert.Equal(t, "s3.eu-west-1.amazonaws.com", archive.Repositories[1].Endpoint)
		for i, r := range archive.Repositories {
			assert.Equal(t, i+1, r.Number)
			assert.NotEqual(t, r.Bucket, r.FilesBucket)
			assert.NotContains(t, []string{r.KeyID, r.Secret, r.Bucket}, "")
		}
	}
	assert.Contains(t, upload("production-backup", "/run/odooops/backup.json"), `"odoo-image":"`)
	for _, v := range c.get(t, "Container", "production-backup").Inputs["volumes"].ArrayValue() {
		if o := v.ObjectValue(); o["containerPath"].StringValue() == "/filestore" {
			assert.Equal(t, "/data/production/current/filestore", o["hostPath"].StringValue())
			assert.True(t, o["readOnly"].BoolValue())
			return
		}
	}
	t.Fatal("the backup does not see Odoo's files")
}

func TestOdooStartsAfterItsDatabaseIsMadeAndTheEdgeAfterOdoo(t *testing.T) {
	c := declareProduction(t, stacks.Options{})
	after := func(name, other string) {
		t.Helper()
		var found bool
		for _, d := range c.get(t, "Container", name).RegisterRPC.GetDependencies() {
			found = found || strings.HasSuffix(d, "::"+other)
		}
		assert.True(t, found, "%s does not depend on %s", name, other)
	}
	after("production-odoo-init", "production-postgres")
	after("production-odoo", "production-odoo-init")
	after("production-edge", "production-odoo")
	after("production-backup", "production-postgres")
}

func TestContainersRunTheImageByItsIDSoThatANewOneReplacesThem(t *testing.T) {
	c := declareProduction(t, stacks.Options{})
	for container, image := range map[string]string{
		"production-postgres": "production-postgres", "production-backup": "production-postgres",
		"production-odoo": "production-odoo", "production-odoo-init": "production-odoo", "production-edge": "production-traefik",
	} {
		assert.Equal(t, "sha256:"+image, c.get(t, "Container", container).Inputs["image"].StringValue(), container)
		assert.Contains(t, c.get(t, "RemoteImage", image).Inputs["name"].StringValue(), "@sha256:")
	}
}

func TestTheEdgeKnowsWhichNameNeedsACertificate(t *testing.T) {
	envs := declareProduction(t, stacks.Options{}).get(t, "Container", "production-edge").Inputs["envs"].Mappable()
	assert.Equal(t, []any{"EDGE_NAMES=erp.example.com"}, envs)
}

func TestTheEdgeStartsWhenItsNameLeadsToIt(t *testing.T) {
	// Traefik asks for its certificate once, at its start.
	dependencies := declareProduction(t, stacks.Options{}).get(t, "Container", "production-edge").RegisterRPC.GetDependencies()
	for _, kind := range []string{"dnsRecord:DnsRecord", "reservedIpAssignment:ReservedIpAssignment"} {
		assert.Contains(t, strings.Join(dependencies, " "), kind)
	}
}

func TestPostgresGetsSharedMemoryTimeAndTheRightSignal(t *testing.T) {
	p := declareProduction(t, stacks.Options{}).get(t, "Container", "production-postgres").Inputs
	assert.GreaterOrEqual(t, p["shmSize"].NumberValue(), 256.0)
	assert.Equal(t, "SIGINT", p["stopSignal"].StringValue())
	assert.Equal(t, 120.0, p["destroyGraceSeconds"].NumberValue())
}

func TestTheDatabaseIsOnNoNetworkWithTheEdge(t *testing.T) {
	c := declareProduction(t, stacks.Options{})
	on := func(name string) []string {
		var names []string
		for _, n := range c.get(t, "Container", name).Inputs["networksAdvanced"].ArrayValue() {
			names = append(names, n.ObjectValue()["name"].StringValue())
		}
		return names
	}
	assert.Equal(t, []string{"production-web"}, on("production-edge"))
	assert.Equal(t, []string{"production-data", "production-archive"}, on("production-postgres"))
	assert.True(t, c.get(t, "Network", "production-data").Inputs["internal"].BoolValue())
}

func TestOnlyTheEdgePublishesPorts(t *testing.T) {
	for name, a := range declareProduction(t, stacks.Options{}).declared {
		if short(a.TypeToken) == "Container" && a.Name != "production-edge" {
			assert.NotContains(t, a.Inputs, resource.PropertyKey("ports"), name)
		}
	}
}

func TestTheDomainSaysWhoMaySendItsMail(t *testing.T) {
	c := declareProduction(t, stacks.Options{})
	for name, want := range map[string][2]string{
		"production-mail-spf":   {"mg", "v=spf1 include:mailgun.org -all"},
		"production-mail-dmarc": {"_dmarc.mg", "v=DMARC1; p=quarantine; adkim=s; aspf=s"},
		"production-mail-dkim":  {"mx._domainkey.mg", "k=rsa; p=" + strings.Repeat("A", 200)},
		"production-mail-mx-1":  {"mg", "mxa.mailgun.org."},
		"production-mail-mx-2":  {"mg", "mxb.mailgun.org."},
	} {
		r := c.get(t, "DnsRecord", name).Inputs
		assert.Equal(t, want, [2]string{r["name"].StringValue(), r["value"].StringValue()}, name)
	}
}

func TestTheNamePointsToTheReservedAddress(t *testing.T) {
	r := declareProduction(t, stacks.Options{}).get(t, "DnsRecord", "production").Inputs
	assert.Equal(t, "erp", r["name"].StringValue())
	assert.Equal(t, "203.0.113.200", r["value"].StringValue())
}
