package config_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/stacks/config"
)

func privateKey(t *testing.T) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	return string(pem.EncodeToMemory(block))
}

func platform(t *testing.T) map[string]string {
	return map[string]string{
		"odooops:kind": "platform", "odooops:domain": "example.com", "odooops:region": "fra1",
		"odooops:adminCidrs":     `["203.0.113.0/24"]`,
		"odooops:sshOperatorKey": privateKey(t), "odooops:bastionHostKey": privateKey(t),
		"odooops:observabilityHostKey": privateKey(t),
		"odooops:telemetryToken":       strings.Repeat("t", 24), "odooops:grafanaPassword": strings.Repeat("g", 24),
		"odooops:images": images(config.ImagesOf(config.KindPlatform)...),
	}
}

func production(t *testing.T) map[string]string {
	v := map[string]string{
		"odooops:kind": "production", "odooops:images": images(config.ImagesOf(config.KindProduction)...),
		"odooops:sshOperatorKey": privateKey(t), "odooops:hostKey": privateKey(t),
	}
	for _, s := range config.Secrets(config.KindProduction) {
		if s.Type == config.Password || s.Type == config.Cipher {
			v["odooops:"+s.Key] = strings.Repeat("s", 24)
		}
	}
	return v
}

func TestAShortConfigGetsDefaults(t *testing.T) {
	p, err := config.ParseProduction(production(t))
	require.NoError(t, err)
	require.NoError(t, p.Complete("example.com"))
	assert.Equal(t, "s-2vcpu-4gb", p.Size)
	assert.Equal(t, 50, p.VolumeSizeGB)
	assert.Equal(t, "admin@erp.example.com", p.AdminLogin)
	assert.Equal(t, "mg.example.com", p.Mail.Domain)
	assert.True(t, p.Protect)

	f, err := config.ParsePlatform(platform(t))
	require.NoError(t, err)
	assert.Equal(t, "10.20.0.0/20", f.VPCCIDR)
	assert.True(t, f.Observability)
	assert.Equal(t, []int{30, 90}, []int{f.LogRetentionDays, f.MetricsRetentionDays})
}

func TestAPlatformThatWatchesNobodyNeedsNoImages(t *testing.T) {
	v := platform(t)
	v["odooops:images"] = ""
	require.ErrorContains(t, config.Validate(v), "odooops:images.")
	v["odooops:observability"] = "false"
	assert.NoError(t, config.Validate(v))
}

func TestGrafanaIsLeftOutWhereThereIsNone(t *testing.T) {
	v := platform(t)
	v["odooops:images"] = images(slices.DeleteFunc(config.ImagesOf(config.KindPlatform), func(name string) bool { return name == "grafana" })...)
	p, err := config.ParsePlatform(v)
	require.NoError(t, err)
	assert.Empty(t, p.Images.Grafana)
	assert.NotEmpty(t, p.Images.Loki)
}

func TestAWrongConfigIsOneErrorThatNamesTheKey(t *testing.T) {
	for name, c := range map[string]struct {
		base       func(*testing.T) map[string]string
		key, value string
		names      string
	}{
		"unknown key":             {platform, "regoin", "fra1", "regoin"},
		"key of another kind":     {platform, "size", "s-2vcpu-4gb", "size"},
		"no kind":                 {platform, "kind", "", "kind"},
		"unknown kind":            {platform, "kind", "prod", "kind"},
		"bad region":              {platform, "region", "mars1", "region"},
		"region without Spaces":   {platform, "region", "nyc1", "region"},
		"no domain":               {platform, "domain", "", "domain"},
		"bad domain":              {platform, "domain", "example", "domain"},
		"bad CIDR":                {platform, "vpcCidr", "10.20.0.0", "vpcCidr"},
		"CIDR with host bits":     {platform, "vpcCidr", "10.20.0.1/20", "vpcCidr"},
		"CIDR of Docker":          {platform, "vpcCidr", "172.18.0.0/20", "vpcCidr"},
		"CIDR of DigitalOcean":    {platform, "vpcCidr", "10.244.0.0/20", "vpcCidr"},
		"bad admin CIDR":          {platform, "adminCidrs", `["everybody"]`, "adminCidrs"},
		"no admin CIDR":           {platform, "adminCidrs", `[]`, "adminCidrs"},
		"missing secret":          {platform, "bastionHostKey", "", "bastionHostKey"},
		"public key as private":   {platform, "bastionHostKey", "ssh-ed25519 AAAA", "bastionHostKey"},
		"logs for no day":         {platform, "logRetentionDays", "0", "logRetentionDays"},
		"colon in a login":        {platform, "grafanaUser", "ops:x", "grafanaUser"},
		"token for a hash":        {platform, "previewsTelemetryHash", "hunter2", "previewsTelemetryHash"},
		"webhook without scheme":  {platform, "alertWebhook", "chat.example.com", "alertWebhook"},
		"nobody's address":        {platform, "alertEmails", `["ops"]`, "alertEmails"},
		"bad size":                {production, "size", "huge", "size"},
		"bad volume size":         {production, "volumeSizeGb", "lots", "volumeSizeGb"},
		"no images":               {production, "images", "", "images.odoo"},
		"image by tag":            {production, "images", `{"odoo":"odoo:19"}`, "images.odoo"},
		"unknown image":           {production, "images", `{"redis":"x"}`, "images"},
		"default account":         {production, "adminLogin", "admin", "adminLogin"},
		"unknown field of mail":   {production, "mail", `{"host":"x"}`, "mail"},
		"unknown field offsite":   {production, "offsite", `{"bucket":"x"}`, "offsite"},
		"region of no cloud":      {production, "offsite", `{"region":"fra1"}`, "offsite.region"},
		"lock of a day":           {production, "offsite", `{"lockDays":1}`, "offsite.lockDays"},
		"bad mail region":         {production, "mail", `{"region":"mars"}`, "mail.region"},
		"short password":          {production, "odooMasterPassword", "short", "odooMasterPassword"},
		"password cut in two":     {production, "mailgunPassword", "half\nemail_from = x@example.com", "mailgunPassword"},
		"missing cipher":          {production, "pgbackrestCipher", "", "pgbackrestCipher"},
		"protect is not a switch": {production, "protect", "maybe", "protect"},
	} {
		t.Run(name, func(t *testing.T) {
			v := maps.Clone(c.base(t))
			v["odooops:"+c.key] = c.value
			err := config.Validate(v)
			var own *config.Error
			require.ErrorAs(t, err, &own)
			assert.Equal(t, c.names, own.Key)
			assert.Contains(t, err.Error(), "odooops:"+c.names)
		})
	}
}

func TestASecretIsNeverPartOfAnError(t *testing.T) {
	v := production(t)
	v["odooops:postgresPassword"] = "hunter2"
	assert.NotContains(t, config.Validate(v).Error(), "hunter2")
	p := platform(t)
	p["odooops:alertWebhook"] = "chat.example.com/hooks/hunter2"
	assert.NotContains(t, config.Validate(p).Error(), "hunter2")
}

func TestKeysOfOtherNamespacesAreNotOurs(t *testing.T) {
	v := platform(t)
	v["digitalocean:token"] = "x"
	assert.NoError(t, config.Validate(v))
}

func TestAMailDomainOutsideThePlatformsIsRefused(t *testing.T) {
	v := production(t)
	v["odooops:mail"] = `{"domain":"mg.other.org"}`
	p, err := config.ParseProduction(v)
	require.NoError(t, err)
	assert.ErrorContains(t, p.Complete("example.com"), "odooops:mail.domain")
}

func TestTheOperatorsKeyIsThePlatforms(t *testing.T) {
	for _, s := range config.Secrets(config.KindProduction) {
		assert.Equal(t, s.Key == "sshOperatorKey", s.FromPlatform, s.Key)
	}
}

func TestOutputsOfAnotherKindAreRefused(t *testing.T) {
	_, err := config.DecodeOdoo(map[string]any{"kind": "platform"})
	assert.ErrorContains(t, err, "platform")
}
