package initialize

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"

	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/stacks/config"
)

// generate makes one secret.
func generate(typ config.SecretType, comment string) (string, error) {
	switch typ {
	case config.Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return "", err
		}
		block, err := ssh.MarshalPrivateKey(key, comment)
		if err != nil {
			return "", err
		}
		return string(pem.EncodeToMemory(block)), nil
	case config.Cipher:
		b := make([]byte, 48)
		if _, err := rand.Read(b); err != nil {
			return "", err
		}
		return base64.RawURLEncoding.EncodeToString(b), nil
	case config.Password:
		return password(32)
	default:
		return "", fmt.Errorf("no way to make a secret of type %q", typ)
	}
}

// password is letters and digits only, so that no config format has to quote it.
func password(n int) (string, error) {
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
	out := make([]byte, n)
	for i := range out {
		k, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			return "", err
		}
		out[i] = alphabet[k.Int64()]
	}
	return string(out), nil
}
