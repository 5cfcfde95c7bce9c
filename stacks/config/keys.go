package config

import "slices"

// Namespace is the prefix of every key in Pulumi.<stack>.yaml.
const Namespace = "odooops"

// The kinds of stacks.
const (
	KindPlatform    = "platform"
	KindProduction  = "production"
	KindStaging     = "staging"
	KindPreviewHost = "preview-host"
	KindPreview     = "preview"
)

// Zone is a zone of trust: its own backend, passphrase and keys.
type Zone string

const (
	// Core is the platform, production, staging, and what restores them.
	Core Zone = "core"
	// Previews is what a pull request's job may touch. It decrypts nothing of core.
	Previews Zone = "previews"
)

// ZoneOf is the zone of a kind of stack.
func ZoneOf(kind string) Zone {
	if kind == KindPreviewHost || kind == KindPreview {
		return Previews
	}
	return Core
}

// key is one line of the table below, which is the whole schema.
type key struct {
	name     string
	kinds    []string
	required bool
	// fallback is the default; empty is none.
	fallback string
	check    func(value string) error
	// secret is how `init` makes the value; nil for what is no secret.
	secret *Secret
}

var (
	everywhere = []string{KindPlatform, KindProduction}
	platform   = []string{KindPlatform}
	production = []string{KindProduction}
)

var keys = []key{
	{name: "kind", kinds: everywhere, required: true},

	// The platform.
	{name: "domain", kinds: platform, required: true, check: isDomain},
	{name: "region", kinds: platform, required: true, check: isRegion},
	{name: "vpcCidr", kinds: platform, fallback: "10.20.0.0/20", check: isVPC},
	// Who may reach the bastion's port 22: a JSON array of prefixes.
	{name: "adminCidrs", kinds: platform, required: true, check: isCIDRList},

	// Production.
	{name: "platform", kinds: production, fallback: "platform", check: isLabel},
	{name: "hostname", kinds: production, fallback: "erp", check: isLabel},
	{name: "size", kinds: production, fallback: "s-2vcpu-4gb", check: isSize},
	{name: "volumeSizeGb", kinds: production, fallback: "50", check: isVolumeSize},
	{name: "images", kinds: production, required: true, check: isImages},
	// The administrator's login; the default is admin@<hostname>.<domain>.
	{name: "adminLogin", kinds: production, check: isLogin},
	{name: "acmeEmail", kinds: production, check: isEmail},
	{name: "mail", kinds: production, check: isMail},
	// false lets `destroy` take what holds data. It needs an `up` to take effect.
	{name: "protect", kinds: everywhere, fallback: "true", check: isBool},

	// Secrets.
	{
		name: "sshOperatorKey", kinds: platform, required: true, check: isPrivateKey,
		secret: &Secret{Type: Ed25519},
	},
	{
		name: "bastionHostKey", kinds: platform, required: true, check: isPrivateKey,
		secret: &Secret{Type: Ed25519},
	},
	{
		name: "sshOperatorKey", kinds: production, required: true, check: isPrivateKey,
		secret: &Secret{Type: Ed25519, FromPlatform: true},
	},
	{
		name: "hostKey", kinds: production, required: true, check: isPrivateKey,
		secret: &Secret{Type: Ed25519},
	},
	{name: "postgresPassword", kinds: production, required: true, check: isStrong, secret: &Secret{Type: Password}},
	{name: "odooDatabasePassword", kinds: production, required: true, check: isStrong, secret: &Secret{Type: Password}},
	{name: "odooAdminPassword", kinds: production, required: true, check: isStrong, secret: &Secret{Type: Password}},
	{name: "odooMasterPassword", kinds: production, required: true, check: isStrong, secret: &Secret{Type: Password}},
	{name: "pgbackrestCipher", kinds: production, required: true, check: isStrong, secret: &Secret{Type: Cipher}},
	{name: "mailgunPassword", kinds: production, check: isOneWord, secret: &Secret{Type: Asked}},
	// Reads images from a private registry.digitalocean.com.
	{name: "registryToken", kinds: production, check: isOneWord, secret: &Secret{Type: Asked}},
}

func keysOf(kind string) []key {
	var of []key
	for _, k := range keys {
		if slices.Contains(k.kinds, kind) {
			of = append(of, k)
		}
	}
	return of
}

// Keys are the names of all keys of all kinds.
func Keys() []string {
	var names []string
	for _, k := range keys {
		if !slices.Contains(names, k.name) {
			names = append(names, k.name)
		}
	}
	return names
}
