package stacks_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/stacks"
	"github.com/odooops/odooops/stacks/config"
)

func quarantineValues(t *testing.T, more map[string]string) map[string]string {
	v := map[string]string{
		"kind": "restore", "size": "s-2vcpu-4gb", "volumeSizeGb": "100", "backendId": backendID,
		"owner": "octocat", "created": "2026-01-01T00:00:00Z", "source": "production", "target": "staging",
		"sshOperatorKey": privateKey(t), "hostKey": privateKey(t),
	}
	maps.Copy(v, more)
	return v
}

func TestNobodyGetsIntoAQuarantineButThroughTheBastion(t *testing.T) {
	c, err := declare(t, "restore-staging", nil, stacks.Options{Values: quarantineValues(t, nil)})
	require.NoError(t, err)

	rules := c.declared["digitalocean:index/firewall:Firewall restore-staging"].Inputs["inboundRules"].ArrayValue()
	require.Len(t, rules, 1)
	assert.Equal(t, "22", rules[0].ObjectValue()["portRange"].StringValue())
	assert.NotContains(t, rules[0].ObjectValue(), "sourceAddresses")
	for name := range c.declared {
		assert.NotContains(t, name, "ReservedIp", "an account has few, and no name leads here")
		assert.NotContains(t, name, "DnsRecord")
		assert.NotContains(t, name, "docker:", "what runs here is not declared")
	}
}

func TestAQuarantineCarriesTheMarksThatTheSweepGoesBy(t *testing.T) {
	c, err := declare(t, "restore-staging", nil, stacks.Options{Values: quarantineValues(t, nil)})
	require.NoError(t, err)
	for _, typ := range []string{"digitalocean:index/droplet:Droplet", "digitalocean:index/volume:Volume"} {
		var tags []string
		for _, tag := range c.declared[typ+" restore-staging"].Inputs["tags"].ArrayValue() {
			tags = append(tags, tag.StringValue())
		}
		all := strings.Join(tags, " ")
		for _, tag := range []string{
			"odooops:kind:restore", "odooops:stack:restore-staging", "odooops:backend:" + backendID,
			"odooops:owner:octocat", "odooops:created:20260101T000000Z",
		} {
			assert.Contains(t, all, tag, typ)
		}
		assert.False(t, c.declared[typ+" restore-staging"].RegisterRPC.GetProtect(), "%s must be able to go", typ)
	}
}

func TestAQuarantineIsNotDeclaredByAFile(t *testing.T) {
	err := config.ValidateFile(quarantineValues(t, nil))
	assert.ErrorContains(t, err, "is given by operations and has no place in the file")
}

func TestAnIncompleteQuarantineIsRefusedByTheKeysName(t *testing.T) {
	for _, key := range []string{"size", "volumeSizeGb", "owner", "created", "source", "target", "sshOperatorKey", "hostKey"} {
		v := quarantineValues(t, nil)
		delete(v, key)
		_, err := declare(t, "restore-staging", nil, stacks.Options{Values: v})
		assert.ErrorContains(t, err, key)
	}
}

func TestOnlyAQuarantinesNameIsARestores(t *testing.T) {
	assert.True(t, config.IsRestore(config.RestoreStack("staging")))
	for _, name := range []string{"restore-", "restore", "production", "preview-pr-1", "restore-A", "restore-" + strings.Repeat("a", 60)} {
		assert.False(t, config.IsRestore(name), name)
	}
}
