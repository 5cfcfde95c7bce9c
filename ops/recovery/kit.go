package recovery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"

	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/ops/fault"
)

// MinOperators is how many people must be able to open a kit.
const MinOperators = 2

// Kit is what a restore elsewhere needs.
type Kit struct {
	Stack string    `json:"stack"`
	Made  time.Time `json:"made"`
	// Archive is archive.json of the Postgres image: stanza, cipher, and the
	// repositories with a key to each that only reads.
	Archive  backup.Archive    `json:"archive"`
	Versions map[string]string `json:"versions"` // what wrote the backups
	HowTo    string            `json:"howTo"`
}

// Recipients parses operators' public keys: age1… or ssh-ed25519 ….
func Recipients(operators []string) ([]age.Recipient, error) {
	seen := map[string]bool{}
	var out []age.Recipient
	for _, o := range operators {
		o = strings.TrimSpace(o)
		if o == "" || seen[o] {
			continue
		}
		seen[o] = true
		var r age.Recipient
		var err error
		if strings.HasPrefix(o, "ssh-") {
			r, err = agessh.ParseRecipient(o)
		} else {
			r, err = age.ParseX25519Recipient(o)
		}
		if err != nil {
			return nil, fault.Usage("read operator "+o, "give an age1… recipient or an ssh-ed25519 public key", "%v", err)
		}
		out = append(out, r)
	}
	return out, nil
}

// Seal encrypts the kit to all of them; any one can open it.
func Seal(k Kit, to []age.Recipient) ([]byte, error) {
	if len(to) < MinOperators {
		return nil, fault.Usage("make the recovery kit", "give --operator at least twice",
			"%d operators can open it, %d are needed", len(to), MinOperators)
	}
	plain, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	a := armor.NewWriter(&b)
	w, err := age.Encrypt(a, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypt the recovery kit: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("encrypt the recovery kit: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt the recovery kit: %w", err)
	}
	if err := a.Close(); err != nil {
		return nil, fmt.Errorf("encrypt the recovery kit: %w", err)
	}
	return b.Bytes(), nil
}

// Identity reads an operator's private key: a file of age-keygen's, or an SSH
// key without a passphrase.
func Identity(file []byte) (age.Identity, error) {
	if bytes.Contains(file, []byte("PRIVATE KEY")) {
		return agessh.ParseIdentity(file)
	}
	ids, err := age.ParseIdentities(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	return ids[0], nil
}

// Open decrypts a kit with one operator's identity.
func Open(sealed []byte, id age.Identity) (Kit, error) {
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(sealed)), id)
	if err != nil {
		return Kit{}, fmt.Errorf("open the recovery kit: %w", err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return Kit{}, fmt.Errorf("open the recovery kit: %w", err)
	}
	var k Kit
	if err := json.Unmarshal(plain, &k); err != nil {
		return Kit{}, fmt.Errorf("open the recovery kit: %w", err)
	}
	return k, nil
}

// Dir is the folder of kits and of the operators they are for.
type Dir string

// Path is a stack's kit.
func (d Dir) Path(stack string) string { return filepath.Join(string(d), stack+"-recovery-kit.age") }

// Write seals and writes a stack's kit.
func (d Dir) Write(k Kit, to []age.Recipient) (string, error) {
	sealed, err := Seal(k, to)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return "", fmt.Errorf("write the recovery kit: %w", err)
	}
	path := d.Path(k.Stack)
	if err := os.WriteFile(path+".partial", sealed, 0o600); err != nil {
		return "", fmt.Errorf("write the recovery kit: %w", err)
	}
	return path, os.Rename(path+".partial", path)
}

// Operators are the public keys the kits were last made for.
func (d Dir) Operators() []string {
	b, err := os.ReadFile(filepath.Join(string(d), "operators.txt"))
	if err != nil {
		return nil
	}
	var out []string
	for _, l := range strings.Split(string(b), "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	return out
}

// SaveOperators remembers them, so that an up can renew a kit.
func (d Dir) SaveOperators(operators []string) error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("remember the operators: %w", err)
	}
	text := "# who can open the recovery kits; public keys\n" + strings.Join(operators, "\n") + "\n"
	return os.WriteFile(filepath.Join(string(d), "operators.txt"), []byte(text), 0o600)
}

// DemoOperators makes two identities beside the kits and returns their public
// keys. For the local cloud only: a key beside its lock protects nothing.
func (d Dir) DemoOperators() ([]string, error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, fmt.Errorf("make demo operators: %w", err)
	}
	var out []string
	for i := 1; i <= MinOperators; i++ {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, fmt.Errorf("make demo operators: %w", err)
		}
		path := filepath.Join(string(d), fmt.Sprintf("demo-operator-%d.txt", i))
		if err := os.WriteFile(path, []byte(id.String()+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("make demo operators: %w", err)
		}
		out = append(out, id.Recipient().String())
	}
	return out, nil
}
