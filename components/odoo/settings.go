package odoo

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"

	"github.com/odooops/odooops/components/mail"
	"github.com/odooops/odooops/components/size"
)

//go:embed files
var files embed.FS

// Settings are what odoo.conf is made of. The passwords are secret.
type Settings struct {
	Size             size.Odoo
	DatabaseHost     string
	Database         string
	DatabaseUser     string
	DatabasePassword string
	// MasterPassword guards the database manager, which the edge refuses
	// anyway. The file holds its hash.
	MasterPassword string
	Relay          mail.Relay
	// Catcher, host:port, takes every mail instead of the relay.
	Catcher string
}

// conf is odoo.conf. Secret.
func conf(s Settings) (string, error) {
	hash, err := PasswordHash(s.MasterPassword, "master password\x00"+s.Database)
	if err != nil {
		return "", err
	}
	t, err := template.ParseFS(files, "files/odoo.conf.tmpl")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, struct {
		Settings
		MasterHash           string
		SoftBytes, HardBytes int
	}{s, hash, s.Size.SoftMB << 20, s.Size.HardMB << 20})
	return out.String(), err
}

// admin is the account that the database is made with. Secret.
func admin(login, password string) (string, error) {
	b, err := json.Marshal(map[string]string{"login": login, "password": password})
	return string(b), err
}

// rounds are few: the password is random and long, so there is nothing to
// guess, and every preview computes the hash.
const rounds = 25000

// PasswordHash is a password hash as Odoo's passlib reads it. Its salt comes
// from the password and its purpose, so that the same password gives the same
// file and the container is not replaced by every update.
func PasswordHash(password, purpose string) (string, error) {
	sum := sha256.Sum256([]byte("odooops " + purpose + "\x00" + password))
	salt := sum[:16]
	key, err := pbkdf2.Key(sha512.New, password, salt, rounds, sha512.Size)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$pbkdf2-sha512$%d$%s$%s", rounds, ab64(salt), ab64(key)), nil
}

// ab64 is passlib's base64: without padding, with . for +.
func ab64(b []byte) string {
	return strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(b), "+", ".")
}

// WebsocketPort is where the websocket is served: on a port of its own beside
// workers.
func WebsocketPort(s size.Odoo) int {
	if s.Workers > 0 {
		return GeventPort
	}
	return HTTPPort
}
