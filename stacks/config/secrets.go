package config

import "slices"

// SecretType is how a secret is made.
type SecretType string

const (
	// Ed25519 is a private key, OpenSSH PEM.
	Ed25519 SecretType = "ed25519"
	// Password is random, at least 24 characters.
	Password SecretType = "password"
	// Cipher is a random passphrase that backups are encrypted with. Losing
	// it is losing the backups: it belongs into the recovery kit.
	Cipher SecretType = "cipher"
	// Asked can't be made: somebody has it. Always optional.
	Asked SecretType = "asked"
)

// Secret is a secret of a stack's config.
type Secret struct {
	// Key is without the namespace.
	Key  string
	Type SecretType
	// FromPlatform says to take the platform's value of the same key rather
	// than to make one.
	FromPlatform bool
	// Optional secrets may stay unset.
	Optional bool
}

// IsSecret says whether a key is one.
func IsSecret(name string) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return k.name == name && k.secret != nil })
}

// Secrets are the secrets of a kind of stack, in a stable order.
func Secrets(kind string) []Secret {
	var secrets []Secret
	for _, k := range keysOf(kind) {
		if k.secret == nil {
			continue
		}
		s := *k.secret
		s.Key, s.Optional = k.name, !k.required
		secrets = append(secrets, s)
	}
	return secrets
}
