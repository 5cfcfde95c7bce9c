package config_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/stacks/config"
)

func publicKey(t *testing.T) string {
	t.Helper()
	key, err := config.PublicKey(privateKey(t))
	require.NoError(t, err)
	return key
}

func images(names ...string) string {
	var parts []string
	for _, name := range names {
		parts = append(parts, `"`+name+`":"registry.digitalocean.com/odooops/`+name+`@sha256:`+strings.Repeat("a", 64)+`"`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func staging(t *testing.T) map[string]string {
	v := production(t)
	delete(v, "odooops:pgbackrestCipher")
	v["odooops:kind"], v["odooops:images"] = "staging", images(config.ImagesOf(config.KindStaging)...)
	v["odooops:edgePassword"] = strings.Repeat("s", 24)
	return v
}

func previewHost(t *testing.T) map[string]string {
	return map[string]string{
		"odooops:kind": "preview-host", "odooops:domain": "example.com", "odooops:region": "fra1",
		"odooops:bastionHostKey": publicKey(t), "odooops:coreOperatorKey": publicKey(t),
		"odooops:images": images(config.ImagesOf(config.KindPreviewHost)...), "odooops:sshOperatorKey": privateKey(t), "odooops:hostKey": privateKey(t),
		"odooops:telemetryToken": strings.Repeat("t", 24),
	}
}

// pattern is the committed file of previews.
func pattern(*testing.T) map[string]string {
	return map[string]string{
		"odooops:kind": "preview", "odooops:images": images(config.ImagesOf(config.KindPreview)...),
		"odooops:zoneKey": strings.Repeat("z", 32),
	}
}

func preview(t *testing.T) map[string]string {
	v := pattern(t)
	maps.Copy(v, map[string]string{
		"odooops:number": "7", "odooops:owner": "octocat", "odooops:created": "2026-01-01T00:00:00Z",
		"odooops:expiresAt": "2026-01-04T00:00:00Z", "odooops:data": "template", "odooops:template": "t1", "odooops:hostId": "42",
	})
	return v
}

func TestEveryKindHasDefaults(t *testing.T) {
	s, err := config.ParseStaging(staging(t))
	require.NoError(t, err)
	s.Complete("example.com")
	assert.Equal(t, "admin@staging.example.com", s.AdminLogin)
	assert.Equal(t, 90, s.TTLDays)
	assert.False(t, s.Protect)
	assert.Empty(t, s.EgressAllow, "staging calls nobody")

	h, err := config.ParsePreviewHost(previewHost(t))
	require.NoError(t, err)
	assert.Equal(t, "preview", h.Subdomain)
	assert.Equal(t, 256, h.PreviewMB)

	require.NoError(t, config.ValidateFile(pattern(t)))
	p, err := config.ParsePreview(preview(t))
	require.NoError(t, err)
	assert.Equal(t, 72, p.TTLHours)
	assert.Equal(t, config.Shared, p.Placement)
}

func TestAWrongConfigOfStagingOrAPreviewNamesTheKey(t *testing.T) {
	for name, c := range map[string]struct {
		base       func(*testing.T) map[string]string
		key, value string
		names      string
	}{
		"staging without mailhog":   {staging, "images", images("odoo", "postgres", "traefik"), "images.mailhog"},
		"staging with a mail relay": {staging, "mail", `{}`, "mail"},
		"no room for -mail":         {staging, "hostname", strings.Repeat("a", 59), "hostname"},
		"no password at the edge":   {staging, "edgePassword", "", "edgePassword"},
		"bad allow-list":            {staging, "allowCidrs", `["everybody"]`, "allowCidrs"},
		"everybody on the list":     {previewHost, "allowCidrs", `["0.0.0.0/0"]`, "allowCidrs"},
		"egress to an address":      {staging, "egressAllow", `["https://api.example.com"]`, "egressAllow"},
		"days are no number":        {staging, "ttlDays", "many", "ttlDays"},
		"private key as public":     {previewHost, "coreOperatorKey", privateKey(t), "coreOperatorKey"},
		"preview host with odoo":    {previewHost, "images", images("traefik", "odoo"), "images"},
		"unknown placement":         {preview, "placement", "cloud", "placement"},
		"number is none":            {preview, "number", "07", "number"},
		"template without its id":   {preview, "template", "", "template"},
		"template in an own droplet": {func(t *testing.T) map[string]string {
			v := preview(t)
			v["odooops:sshOperatorKey"] = privateKey(t)
			return v
		}, "placement", "dedicated", "data"},
		"owner who breaks a tag":      {preview, "owner", "a.b", "owner"},
		"expiry that is no time":      {preview, "expiresAt", "tomorrow", "expiresAt"},
		"modules with a space":        {preview, "modules", "base, web", "modules"},
		"template image by tag":       {preview, "templateImage", "odoo:19", "templateImage"},
		"a backend id that is none":   {preview, "backendId", "main", "backendId"},
		"repository without an owner": {platform, "githubRepository", "odooops", "githubRepository"},
		"scanning that is no choice":  {platform, "githubSecretScanning", "on", "githubSecretScanning"},
	} {
		t.Run(name, func(t *testing.T) {
			v := c.base(t)
			v["odooops:"+c.key] = c.value
			err := config.Validate(v)
			if err == nil {
				_, err = config.ParsePreview(v)
			}
			var own *config.Error
			require.ErrorAs(t, err, &own)
			assert.Equal(t, c.names, own.Key)
		})
	}
}

func TestWhatAnOperationSaysHasNoPlaceInTheFile(t *testing.T) {
	require.NoError(t, config.Validate(preview(t)))
	assert.ErrorContains(t, config.ValidateFile(preview(t)), "given by operations")
}

func TestAPreviewsFileAloneIsNoPreview(t *testing.T) {
	_, err := config.ParsePreview(pattern(t))
	assert.ErrorContains(t, err, "odooops pr up")
}

func TestDerivedPasswordsDifferByKeyStackAndPurposeAndAreStrong(t *testing.T) {
	first := config.Derive("key", "preview-pr-7", config.PurposeAdmin)
	assert.Equal(t, first, config.Derive("key", "preview-pr-7", config.PurposeAdmin))
	assert.Regexp(t, `^[A-Za-z0-9_-]{32}$`, first)
	for _, other := range []string{
		config.Derive("other", "preview-pr-7", config.PurposeAdmin),
		config.Derive("key", "preview-pr-8", config.PurposeAdmin),
		config.Derive("key", "preview-pr-7", config.PurposeEdge),
	} {
		assert.NotEqual(t, first, other)
	}
}

func TestADerivedHostKeyIsAnEd25519KeyAndAlwaysTheSame(t *testing.T) {
	pem := config.DeriveHostKey("key", "preview-pr-7")
	assert.Equal(t, pem, config.DeriveHostKey("key", "preview-pr-7"))
	key, err := ssh.ParsePrivateKey([]byte(pem))
	require.NoError(t, err)
	assert.Equal(t, ssh.KeyAlgoED25519, key.PublicKey().Type())
}

func TestNoSecretOfPreviewsComesFromThePlatform(t *testing.T) {
	for _, kind := range []string{config.KindPreviewHost, config.KindPreview} {
		for _, s := range config.Secrets(kind) {
			assert.False(t, s.FromPlatform, s.Key)
		}
	}
}
