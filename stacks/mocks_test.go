package stacks_test

import (
	"crypto/ed25519"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/stacks"
	"github.com/odooops/odooops/stacks/config"
)

// cloud is a Pulumi monitor that answers as the providers would, and keeps
// what was declared by "type name".
type cloud struct {
	mu       sync.Mutex
	declared map[string]pulumi.MockResourceArgs
	serial   int
	// missing are outputs of the platform, or look-ups, that there are none of.
	missing []string
}

func (c *cloud) NewResource(a pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.declared[a.TypeToken+" "+a.Name] = a
	c.serial++
	id := fmt.Sprint(c.serial)
	state := a.Inputs.Copy()
	set := func(key, value string) { state[resource.PropertyKey(key)] = resource.NewStringProperty(value) }
	switch short(a.TypeToken) {
	case "Droplet":
		set("ipv4Address", "203.0.113."+id)
		set("ipv4AddressPrivate", "10.20.0."+id)
		set("createdAt", "2026-01-01T00:00:00Z")
	case "ReservedIp":
		set("ipAddress", "203.0.113.200")
	case "SshKey":
		set("fingerprint", "aa:bb")
	case "SpacesKey":
		set("accessKey", "ACCESS")
		set("secretKey", "archive-secret-key")
	case "AccessKey":
		set("secret", "archive-secret-key")
	case "RemoteImage":
		set("imageId", "sha256:"+a.Name)
	case "Container":
		state["exitCode"] = resource.NewNumberProperty(0)
		set("containerLogs", "")
	case "StackReference":
		outputs, err := c.outputsOf(a.Name)
		if err != nil {
			return "", nil, err
		}
		known := resource.NewPropertyMapFromMap(outputs)
		if token, ok := known["telemetryToken"]; ok {
			known["telemetryToken"] = resource.MakeSecret(token)
		}
		state["outputs"] = resource.NewObjectProperty(known)
	}
	return id, state, nil
}

// outputsOf are the outputs of the stacks that others stand on.
func (c *cloud) outputsOf(stack string) (map[string]any, error) {
	bastion := map[string]any{
		"hostId": "1", "publicIp": "203.0.113.1", "privateIp": "10.20.0.1",
		"hostKey": "ssh-ed25519 AAAA", "tag": "odooops:host:platform-bastion",
	}
	if strings.HasSuffix(stack, "/preview-host") {
		return map[string]any{
			"kind": "preview-host", "region": "fra1", "domain": "example.com", "previewDomain": "preview.example.com",
			"vpcId": "vpc", "sshKeyFingerprint": "aa:bb", "hostId": "42", "hostName": "preview-host",
			"size": "s-4vcpu-8gb", "publicIp": "203.0.113.9", "privateIp": "10.20.0.9", "hostKey": "ssh-ed25519 BBBB",
			"bastion": bastion, "images": map[string]any{"traefik": image("traefik"), "otel": image("otel")},
			"telemetry": map[string]any{"url": "http://10.20.0.7:4318", "user": "previews"}, "telemetryToken": telemetryToken,
			"allowCidrs": []any{"192.0.2.0/24"}, "budgetMb": 6336, "previewMb": 256,
		}, nil
	}
	outputs := map[string]any{
		"kind": "platform", "region": "fra1", "domain": "example.com", "vpcId": "vpc", "vpcCidr": "10.20.0.0/20",
		"sshKeyFingerprint": "aa:bb", "bastion": bastion, "alertEmails": []any{"ops@example.com"},
		"telemetry": map[string]any{"url": "http://10.20.0.7:4318", "user": "agent"}, "telemetryToken": telemetryToken,
	}
	for _, key := range c.missing {
		delete(outputs, key)
	}
	return outputs, nil
}

// Call answers the look-ups of what the platform made.
func (c *cloud) Call(a pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if slices.Contains(c.missing, short(a.Token)) {
		return nil, fmt.Errorf("none with name %s", a.Args["name"].StringValue())
	}
	switch short(a.Token) {
	case "getVpc":
		return resource.NewPropertyMapFromMap(map[string]any{"id": "vpc", "region": "fra1"}), nil
	case "getDroplets":
		if slices.Contains(c.missing, "observability") {
			return resource.NewPropertyMapFromMap(map[string]any{"droplets": []any{}}), nil
		}
		return resource.NewPropertyMapFromMap(map[string]any{
			"droplets": []any{map[string]any{"id": 2, "name": "platform-observability", "ipv4AddressPrivate": "10.20.0.7"}},
		}), nil
	case "getDroplet":
		return resource.NewPropertyMapFromMap(map[string]any{
			"id": 1, "ipv4Address": "203.0.113.1", "ipv4AddressPrivate": "10.20.0.1",
		}), nil
	case "getUser":
		return resource.NewPropertyMapFromMap(map[string]any{"id": "583231", "login": a.Args["username"].StringValue()}), nil
	}
	return nil, fmt.Errorf("unexpected call of %s", a.Token)
}

// each calls f with every declared resource of a short type.
func (c *cloud) each(kind string, f func(a pulumi.MockResourceArgs)) {
	for _, a := range c.declared {
		if short(a.TypeToken) == kind {
			f(a)
		}
	}
}

// get finds what was declared by its short type and name.
func (c *cloud) get(t *testing.T, kind, name string) pulumi.MockResourceArgs {
	t.Helper()
	for key, a := range c.declared {
		if short(a.TypeToken) == kind && strings.HasSuffix(key, " "+name) {
			return a
		}
	}
	require.Failf(t, "not declared", "%s %s", kind, name)
	return pulumi.MockResourceArgs{}
}

// short is Droplet of digitalocean:index/droplet:Droplet.
func short(token string) string { return token[strings.LastIndexAny(token, ":")+1:] }

// telemetryToken is a secret, too.
const telemetryToken = "telemetry-token-of-a-zone"

func privateKey(t *testing.T) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	return string(pem.EncodeToMemory(block))
}

func platformConfig(t *testing.T) map[string]string {
	return map[string]string{
		"odooops:kind": "platform", "odooops:domain": "example.com", "odooops:region": "fra1",
		"odooops:adminCidrs":     `["198.51.100.0/24"]`,
		"odooops:sshOperatorKey": privateKey(t), "odooops:bastionHostKey": privateKey(t),
		"odooops:observabilityHostKey": privateKey(t), "odooops:alertEmails": `["ops@example.com"]`,
		"odooops:images":         images(t, config.ImagesOf(config.KindPlatform)...),
		"odooops:telemetryToken": "telemetry-token-of-core", "odooops:grafanaPassword": "grafana-password-1",
		"odooops:alertWebhook":      "https://chat.example.com/hooks/webhook-key",
		"odooops:deadMansSwitchUrl": "https://watch.example.com/switch-key",
	}
}

func image(name string) string {
	return "registry.digitalocean.com/odooops/" + name + "@sha256:" + strings.Repeat("a", 64)
}

func images(t *testing.T, names ...string) string {
	t.Helper()
	refs := map[string]string{}
	for _, name := range names {
		refs[name] = image(name)
	}
	text, err := json.Marshal(refs)
	require.NoError(t, err)
	return string(text)
}

// The secrets of productionConfig: what must never be seen in clear.
var secrets = map[string]string{
	"postgresPassword":     "superuser-password",
	"odooDatabasePassword": "database-password",
	"odooAdminPassword":    "administrator-password",
	"odooMasterPassword":   "master-password-1",
	"pgbackrestCipher":     "pgbackrest-cipher",
	"mailgunPassword":      "mailgun-password",
}

func productionConfig(t *testing.T) map[string]string {
	v := map[string]string{
		"odooops:kind": "production", "odooops:images": images(t, config.ImagesOf(config.KindProduction)...),
		"odooops:sshOperatorKey": privateKey(t), "odooops:hostKey": privateKey(t),
		"odooops:mail": `{"dkimPublicKey":"` + strings.Repeat("A", 200) + `"}`,
	}
	for key, value := range secrets {
		v["odooops:"+key] = value
	}
	return v
}

// declare runs the program. Nothing answers by SSH, so machines are records.
func declare(t *testing.T, stack string, values map[string]string, o stacks.Options, missing ...string) (*cloud, error) {
	t.Helper()
	t.Setenv("ODOOOPS_LOCAL_MACHINES", "none")
	all, err := json.Marshal(values)
	require.NoError(t, err)
	t.Setenv(pulumi.EnvConfig, string(all))
	c := &cloud{declared: map[string]pulumi.MockResourceArgs{}, missing: missing}
	err = pulumi.RunErr(stacks.New(o), pulumi.WithMocksWithOrganization("organization", "odooops", stack, c))
	return c, err
}

func declarePlatform(t *testing.T) *cloud {
	t.Helper()
	c, err := declare(t, "platform", platformConfig(t), stacks.Options{})
	require.NoError(t, err)
	return c
}

func declareProduction(t *testing.T, o stacks.Options) *cloud {
	t.Helper()
	c, err := declare(t, "production", productionConfig(t), o)
	require.NoError(t, err)
	return c
}
