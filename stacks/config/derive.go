package config

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// What the passwords of a preview are for.
const (
	PurposeAdmin    = "admin"
	PurposeMaster   = "master"
	PurposeDatabase = "database"
	PurposePostgres = "postgres"
	PurposeEdge     = "edge"
)

// Derive is a preview's password: the same on every runner that has the
// zone's key, and in no file. 32 characters of base64url.
func Derive(zoneKey, stack, purpose string) string {
	return base64.RawURLEncoding.EncodeToString(derive(zoneKey, stack, purpose))[:32]
}

// DeriveUUID is the UUID of a preview's database.
func DeriveUUID(zoneKey, stack, generation string) string {
	b := derive(zoneKey, stack, "uuid\x00"+generation)
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8: made by a rule of one's own
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// DeriveHostKey is the private key, OpenSSH PEM, that a preview's own droplet
// is recognised by.
func DeriveHostKey(zoneKey, stack string) string {
	seed := derive(zoneKey, stack, "host-key")
	private := ed25519.NewKeyFromSeed(seed)
	public := []byte(private.Public().(ed25519.PublicKey))
	// x/crypto's own encoder writes a random check value: other user data in
	// every update.
	check := binary.BigEndian.Uint32(derive(zoneKey, stack, "host-key-check"))
	wire := ssh.Marshal(struct {
		Type string
		Key  []byte
	}{ssh.KeyAlgoED25519, public})
	secret := ssh.Marshal(struct {
		Check1, Check2  uint32
		Type            string
		Public, Private []byte
		Comment         string
		Pad             []byte `ssh:"rest"`
	}{check, check, ssh.KeyAlgoED25519, public, private, "", nil})
	for i := byte(1); len(secret)%8 != 0; i++ {
		secret = append(secret, i)
	}
	body := append([]byte("openssh-key-v1\x00"), ssh.Marshal(struct {
		Cipher, KDF, KDFOptions string
		Keys                    uint32
		Public, Private         []byte
	}{"none", "none", "", 1, wire, secret})...)
	return string(pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: body}))
}

func derive(zoneKey, stack, purpose string) []byte {
	mac := hmac.New(sha256.New, []byte(zoneKey))
	mac.Write([]byte(stack + "\x00" + purpose))
	return mac.Sum(nil)
}
