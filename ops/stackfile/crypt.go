package stackfile

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

// The engine's passphrase provider keeps "v1:SALT:PROBE" in encryptionsalt,
// where PROBE is the word below, encrypted: it tells a wrong passphrase from a
// broken file.
const probe = "pulumi"

var errPassphrase = errors.New("the passphrase does not fit this file")

// newSalt makes the file's encryptionsalt and the crypter that goes with it.
func newSalt(ctx context.Context, passphrase string) (string, config.Crypter, error) {
	salt := make([]byte, 8)
	if _, err := rand.Read(salt); err != nil {
		return "", nil, err
	}
	c := config.NewSymmetricCrypterFromPassphrase(passphrase, salt)
	word, err := c.EncryptValue(ctx, probe)
	if err != nil {
		return "", nil, err
	}
	return "v1:" + base64.StdEncoding.EncodeToString(salt) + ":" + word, c, nil
}

// openSalt checks the passphrase against an existing encryptionsalt.
func openSalt(ctx context.Context, state, passphrase string) (config.Crypter, error) {
	parts := strings.SplitN(state, ":", 3)
	if len(parts) != 3 || parts[0] != "v1" {
		return nil, fmt.Errorf("encryptionsalt is not of the form v1:SALT:PROBE")
	}
	salt, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, fmt.Errorf("encryptionsalt: %w", err)
	}
	c := config.NewSymmetricCrypterFromPassphrase(passphrase, salt)
	word, err := c.DecryptValue(ctx, parts[2])
	if err != nil || word != probe {
		return nil, errPassphrase
	}
	return c, nil
}

// Decrypter opens what the engine encrypted with a passphrase and a salt, as
// "v1:SALT:PROBE".
func Decrypter(ctx context.Context, salt, passphrase string) (func(context.Context, string) (string, error), error) {
	c, err := openSalt(ctx, salt, passphrase)
	if err != nil {
		return nil, err
	}
	return c.DecryptValue, nil
}
