package config

import (
	"slices"
	"time"
)

// Namespace is the prefix of every key in Pulumi.<stack>.yaml.
const Namespace = "odooops"

// The kinds of stacks.
const (
	KindPlatform    = "platform"
	KindProduction  = "production"
	KindStaging     = "staging"
	KindPreviewHost = "preview-host"
	KindPreview     = "preview"
	// KindRestore is the quarantine of one restore. It has no file: the
	// operation gives all its config.
	KindRestore = "restore"
)

// Zone is a zone of trust: its own backend, passphrase and keys.
type Zone string

const (
	// Core is the platform, production, staging, and what restores them.
	Core Zone = "core"
	// Previews is what a pull request's job may touch. It decrypts nothing of core.
	Previews Zone = "previews"
)

// Placements of a preview.
const (
	Shared    = "shared"
	Dedicated = "dedicated"
)

// What a preview's database is made from.
const (
	DataTemplate = "template"
	DataDemo     = "demo"
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
	// hint says what to do when it is missing; empty is to set it in the file.
	hint string
	// run says that an operation gives the value to one run of the program; in
	// a file it would be wrong tomorrow.
	run bool
	// when says for which stacks of the kind the key matters; nil is all. Keys
	// that it looks at come first in the table.
	when func(values map[string]string) bool
}

// observed says that a platform has the host that watches the others.
func observed(v map[string]string) bool { return v["observability"] == "true" }

var (
	// Kinds are the kinds of stacks, in the order they come up.
	Kinds = []string{KindPlatform, KindProduction, KindStaging, KindPreviewHost, KindPreview, KindRestore}

	everywhere  = Kinds
	platform    = []string{KindPlatform}
	production  = []string{KindProduction}
	staging     = []string{KindStaging}
	sites       = []string{KindProduction, KindStaging}
	previewHost = []string{KindPreviewHost}
	preview     = []string{KindPreview}
	quarantine  = []string{KindRestore}
)

var keys = []key{
	{name: "kind", kinds: everywhere, required: true},
	// The mark of the zone's backend: whatever carries it is its own.
	{name: "backendId", kinds: everywhere, check: isID, hint: initHint},

	// The platform.
	{name: "domain", kinds: platform, required: true, check: isDomain},
	{name: "region", kinds: platform, required: true, check: isRegion},
	{name: "vpcCidr", kinds: platform, fallback: "10.20.0.0/20", check: isVPC},
	// Who may reach the bastion's port 22: a JSON array of prefixes.
	{name: "adminCidrs", kinds: platform, required: true, check: isCIDRList},
	// The host that watches the others.
	{name: "observability", kinds: platform, fallback: "true", check: isBool},
	{name: "observabilitySize", kinds: platform, fallback: "s-1vcpu-2gb", check: isSize},
	{name: "observabilityVolumeSizeGb", kinds: platform, fallback: "20", check: isVolumeSize},
	{name: "images", kinds: platform, required: true, when: observed, check: isImages(ImagesOf(KindPlatform)...), hint: pushHint},
	// How long logs and metrics are kept.
	{name: "logRetentionDays", kinds: platform, fallback: "30", check: isCount(1, 3650)},
	{name: "metricsRetentionDays", kinds: platform, fallback: "90", check: isCount(1, 3650)},
	// The login at grafana.<domain>.
	{name: "grafanaUser", kinds: platform, fallback: "ops", check: isOwner},
	// What the previews' token hashes to, so that the platform needs not know it.
	{name: "previewsTelemetryHash", kinds: platform, check: isHash, hint: initHint},
	// Whom DigitalOcean's own checks write to, by addresses that it has verified:
	// a JSON array; empty declares no alerts of theirs.
	{name: "alertEmails", kinds: []string{KindPlatform, KindPreviewHost}, fallback: "[]", check: isEmailList},
	// The public key of the previews' zone: through the bastion, and no further.
	{name: "previewsOperatorKey", kinds: platform, check: isPublicKey, hint: initHint},
	// The repository owner/name whose settings are declared; empty declares none.
	{name: "githubRepository", kinds: platform, check: isRepository},
	// Who releases to production: a JSON array of logins.
	{name: "githubReviewers", kinds: platform, check: isLoginList},
	// true keeps secret scanning on, where the repository has it on already.
	{name: "githubSecretScanning", kinds: platform, fallback: "false", check: isBool},

	// What has an Odoo on a host of its own.
	{name: "platform", kinds: sites, fallback: "platform", check: isLabel},
	{name: "hostname", kinds: production, fallback: "erp", check: isLabel},
	{name: "hostname", kinds: staging, fallback: "staging", check: isMailedLabel},
	{name: "size", kinds: production, fallback: "s-2vcpu-4gb", check: isSize},
	{name: "size", kinds: staging, fallback: "s-1vcpu-2gb", check: isSize},
	{name: "volumeSizeGb", kinds: production, fallback: "50", check: isVolumeSize},
	{name: "volumeSizeGb", kinds: staging, fallback: "20", check: isVolumeSize},
	{name: "images", kinds: production, required: true, check: isImages(ImagesOf(KindProduction)...), hint: pushHint},
	{name: "images", kinds: staging, required: true, check: isImages(ImagesOf(KindStaging)...), hint: pushHint},
	// The administrator's login; the default is admin@<hostname>.<domain>.
	{name: "adminLogin", kinds: sites, check: isLogin},
	{name: "acmeEmail", kinds: []string{KindPlatform, KindProduction, KindStaging}, check: isEmail},
	{name: "mail", kinds: production, check: isMail},
	{name: "offsite", kinds: production, fallback: "{}", check: isOffsite},
	{name: "ttlDays", kinds: staging, fallback: "90", check: isCount(1, int(LongestLife(KindStaging)/Day))},

	// The previews' host. What it needs of the platform it looks up by name:
	// the platform's state is in another zone.
	{name: "domain", kinds: previewHost, required: true, check: isDomain},
	{name: "region", kinds: previewHost, required: true, check: isRegion},
	{name: "vpcName", kinds: previewHost, fallback: "odooops-platform", check: isLabel},
	{name: "bastionName", kinds: previewHost, fallback: "platform-bastion", check: isLabel},
	{name: "observabilityName", kinds: previewHost, fallback: "platform-observability", check: isLabel},
	// Public keys of core, written by init.
	{name: "bastionHostKey", kinds: previewHost, required: true, check: isPublicKey, hint: initHint},
	{name: "coreOperatorKey", kinds: previewHost, required: true, check: isPublicKey, hint: initHint},
	// The label that previews are named under.
	{name: "subdomain", kinds: previewHost, fallback: "preview", check: isLabel},
	{name: "size", kinds: previewHost, fallback: "s-4vcpu-8gb", check: isSize},
	{name: "volumeSizeGb", kinds: previewHost, fallback: "100", check: isVolumeSize},
	{name: "images", kinds: previewHost, required: true, check: isImages(ImagesOf(KindPreviewHost)...), hint: pushHint},
	// The memory that one preview reserves, in MB.
	{name: "previewMb", kinds: previewHost, fallback: "256", check: isCount(128, 16384)},

	// A preview. Its file is the pattern of all of them.
	{name: "host", kinds: preview, fallback: "preview-host", check: isLabel},
	{name: "images", kinds: preview, required: true, check: isImages(ImagesOf(KindPreview)...), hint: pushHint},
	{name: "ttlHours", kinds: preview, fallback: "72", check: isCount(1, int(LongestLife(KindPreview)/time.Hour))},
	{name: "placement", kinds: preview, fallback: Shared, check: isOneOf(Shared, Dedicated)},
	// Of a dedicated droplet.
	{name: "size", kinds: preview, fallback: "s-1vcpu-2gb", check: isSize},
	{name: "volumeSizeGb", kinds: preview, fallback: "10", check: isVolumeSize},
	// What a database with demo data is made of.
	{name: "modules", kinds: preview, fallback: "base,web,mail,contacts", check: isModules},

	// The edge of what is not for everybody: who needs no password there, and
	// which hosts it may call by HTTPS. JSON arrays.
	{name: "allowCidrs", kinds: []string{KindStaging, KindPreviewHost, KindPreview}, fallback: "[]", check: isAllowList},
	{name: "egressAllow", kinds: []string{KindStaging, KindPreview}, fallback: "[]", check: isHostList},

	// What `pr up` says of the one preview.
	{name: "number", kinds: preview, run: true, check: isCount(1, 999999)},
	{name: "owner", kinds: preview, run: true, check: isOwner},
	{name: "created", kinds: preview, run: true, check: isTime},
	{name: "expiresAt", kinds: []string{KindStaging, KindPreview}, run: true, check: isTime},
	{name: "data", kinds: preview, run: true, check: isOneOf(DataTemplate, DataDemo)},
	{name: "template", kinds: preview, run: true, check: isLabel},
	{name: "templateImage", kinds: preview, run: true, check: isPinned},
	{name: "update", kinds: preview, run: true, fallback: "false", check: isBool},
	{name: "test", kinds: preview, run: true, fallback: "false", check: isBool},
	{name: "hostId", kinds: preview, run: true, check: isNumber},
	// Another one than last time seeds the data again.
	{name: "resetToken", kinds: preview, run: true, check: isLabel},
	// The zone's key, for a droplet of its own.
	{name: "sshOperatorKey", kinds: preview, run: true, check: isPrivateKey},

	// A quarantine has no file: the restore says all of it.
	{name: "platform", kinds: quarantine, run: true, fallback: "platform", check: isLabel},
	{name: "size", kinds: quarantine, run: true, required: true, check: isSize},
	{name: "volumeSizeGb", kinds: quarantine, run: true, required: true, check: isVolumeSize},
	{name: "sshOperatorKey", kinds: quarantine, run: true, required: true, check: isPrivateKey},
	{name: "hostKey", kinds: quarantine, run: true, required: true, check: isPrivateKey},
	{name: "owner", kinds: quarantine, run: true, required: true, check: isOwner},
	{name: "created", kinds: quarantine, run: true, required: true, check: isTime},
	// Whose backups are restored, and what for.
	{name: "source", kinds: quarantine, run: true, required: true, check: isLabel},
	{name: "target", kinds: quarantine, run: true, required: true, check: isLabel},

	// false lets `destroy` take what holds data. It needs an `up` to take effect.
	{name: "protect", kinds: []string{KindPlatform, KindProduction}, fallback: "true", check: isBool},
	{name: "protect", kinds: []string{KindStaging, KindPreviewHost}, fallback: "false", check: isBool},

	// Secrets.
	{
		name: "sshOperatorKey", kinds: []string{KindPlatform, KindPreviewHost}, required: true, check: isPrivateKey,
		secret: &Secret{Type: Ed25519},
	},
	{
		name: "sshOperatorKey", kinds: sites, required: true, check: isPrivateKey,
		secret: &Secret{Type: Ed25519, FromPlatform: true},
	},
	{
		name: "bastionHostKey", kinds: platform, required: true, check: isPrivateKey,
		secret: &Secret{Type: Ed25519},
	},
	{
		name: "observabilityHostKey", kinds: platform, required: true, check: isPrivateKey,
		secret: &Secret{Type: Ed25519},
	},
	// Writes telemetry. Each zone has its own.
	{
		name: "telemetryToken", kinds: []string{KindPlatform, KindPreviewHost}, required: true, check: isStrong,
		secret: &Secret{Type: Password},
	},
	{name: "grafanaPassword", kinds: platform, required: true, check: isStrong, secret: &Secret{Type: Password}},
	// An incoming webhook of Mattermost, which alerts are posted to.
	{name: "alertWebhook", kinds: platform, check: isURL, secret: &Secret{Type: Asked}},
	// Is called as long as alerting works; whoever is called alarms when it stops.
	{name: "deadMansSwitchUrl", kinds: platform, check: isURL, secret: &Secret{Type: Asked}},
	{
		name: "hostKey", kinds: []string{KindProduction, KindStaging, KindPreviewHost}, required: true, check: isPrivateKey,
		secret: &Secret{Type: Ed25519},
	},
	{name: "postgresPassword", kinds: sites, required: true, check: isStrong, secret: &Secret{Type: Password}},
	{name: "odooDatabasePassword", kinds: sites, required: true, check: isStrong, secret: &Secret{Type: Password}},
	{name: "odooAdminPassword", kinds: sites, required: true, check: isStrong, secret: &Secret{Type: Password}},
	{name: "odooMasterPassword", kinds: sites, required: true, check: isStrong, secret: &Secret{Type: Password}},
	{name: "edgePassword", kinds: staging, required: true, check: isStrong, secret: &Secret{Type: Password}},
	{name: "pgbackrestCipher", kinds: production, required: true, check: isStrong, secret: &Secret{Type: Cipher}},
	{name: "mailgunPassword", kinds: production, check: isOneWord, secret: &Secret{Type: Asked}},
	// Every password of every preview comes from it.
	{name: "zoneKey", kinds: preview, required: true, check: isStrong, secret: &Secret{Type: Password}},
	// Reads images from a private registry.digitalocean.com.
	{
		name: "registryToken", kinds: []string{KindPlatform, KindProduction, KindStaging, KindPreviewHost, KindPreview},
		check: isOneWord, secret: &Secret{Type: Asked},
	},
	// What workflows are given: JSON {environment: {NAME: value}}.
	{name: "githubSecrets", kinds: platform, check: isSecretsByEnvironment, secret: &Secret{Type: Asked}},
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
