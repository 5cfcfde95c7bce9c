// Package stackfile reads and extends Pulumi.<stack>.yaml without the engine:
// comments and order stay, and a secret never passes through an argument list
// (`pulumi config set-all --secret k=v` shows it to every process of the
// computer). It understands the passphrase provider only.
package stackfile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"gopkg.in/yaml.v3"

	"github.com/odooops/odooops/ops/fault"
)

// Namespace is the project's prefix of config keys.
const Namespace = "odooops"

// File is one stack's config.
type File struct {
	path string
	doc  yaml.Node // document node; empty when the file is

	// Deriving the key takes a million rounds on purpose: once a file is enough.
	opened     config.Crypter
	openedWith string
}

// Read parses a stack's config file.
func Read(path string) (*File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read stack config: %w", err)
	}
	f := &File{path: path}
	if err := yaml.Unmarshal(b, &f.doc); err != nil {
		return nil, fault.Usage("read "+filepath.Base(path), "correct the file", "%v", err)
	}
	if f.doc.Kind == 0 {
		f.doc = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode, Tag: "!!map"}}}
	}
	if f.doc.Content[0].Kind != yaml.MappingNode {
		return nil, fault.Usage("read "+filepath.Base(path), "correct the file", "the top level is not a mapping")
	}
	return f, nil
}

// Values are the keys of the project's namespace, as the engine hands them to
// a program: scalars as they stand, anything else as JSON. Secrets are
// decrypted with the passphrase.
func (f *File) Values(ctx context.Context, passphrase string) (map[string]string, error) {
	var crypter config.Crypter
	out := map[string]string{}
	for key, node := range f.entries() {
		cipher, isSecret := secure(node)
		if isSecret {
			if crypter == nil {
				c, err := f.crypter(ctx, passphrase)
				if err != nil {
					return nil, err
				}
				crypter = c
			}
			plain, err := crypter.DecryptValue(ctx, cipher)
			if err != nil {
				return nil, fault.Newf("decrypt "+Namespace+":"+key, "restore the file from version control",
					"%s holds a value of another passphrase", filepath.Base(f.path))
			}
			out[key] = plain
			continue
		}
		v, err := asText(node)
		if err != nil {
			return nil, fault.Usage("read "+Namespace+":"+key, "correct the value", "%v", err)
		}
		out[key] = v
	}
	return out, nil
}

// Plain is one value that is no secret; empty when absent.
func (f *File) Plain(key string) string {
	n, ok := f.entries()[key]
	if !ok {
		return ""
	}
	if _, isSecret := secure(n); isSecret {
		return ""
	}
	v, err := asText(n)
	if err != nil {
		return ""
	}
	return v
}

// PlainIn is a plain value below a key, by the names of nested maps; empty when
// absent.
func (f *File) PlainIn(path ...string) string {
	node := f.entries()[path[0]]
	for _, name := range path[1:] {
		if node == nil {
			return ""
		}
		node = lookup(node, name)
	}
	if node == nil || node.Kind != yaml.ScalarNode {
		return ""
	}
	return node.Value
}

// Has says whether the key is there, secret or not.
func (f *File) Has(key string) bool {
	_, ok := f.entries()[key]
	return ok
}

// Encrypted says whether the file already belongs to some passphrase.
func (f *File) Encrypted() bool { return f.top("encryptionsalt") != "" }

// CheckPassphrase makes the file's salt when there is none, and refuses a
// passphrase that doesn't fit the one there is.
func (f *File) CheckPassphrase(ctx context.Context, passphrase string) error {
	_, err := f.crypter(ctx, passphrase)
	return err
}

// SetSecret encrypts and sets a value. Save writes it.
func (f *File) SetSecret(ctx context.Context, passphrase, key, value string) error {
	c, err := f.crypter(ctx, passphrase)
	if err != nil {
		return err
	}
	cipher, err := c.EncryptValue(ctx, value)
	if err != nil {
		return fmt.Errorf("encrypt %s:%s: %w", Namespace, key, err)
	}
	f.set(key, &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{
		scalar("secure"), scalar(cipher),
	}})
	return nil
}

// SetIn sets a plain value, path being the key and, below it, the names of
// nested maps: SetIn(ref, "images", "odoo").
func (f *File) SetIn(value string, path ...string) error {
	if len(path) == 1 {
		f.set(path[0], scalar(value))
		return nil
	}
	node, ok := f.entries()[path[0]]
	if !ok {
		node = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		f.set(path[0], node)
	}
	for _, name := range path[1 : len(path)-1] {
		child := lookup(node, name)
		if child == nil {
			child = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
			put(node, name, child)
		}
		node = child
	}
	if node.Kind != yaml.MappingNode {
		return fault.Usage("set "+Namespace+":"+strings.Join(path, "."), "correct the file", "%s is not a map", path[0])
	}
	put(node, path[len(path)-1], scalar(value))
	return nil
}

// Text is the file as it stands now, with its secrets encrypted.
func (f *File) Text() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(&f.doc); err != nil {
		return nil, fmt.Errorf("write %s: %w", f.path, err)
	}
	return b.Bytes(), nil
}

// Save replaces the file in one step.
func (f *File) Save() error {
	text, err := f.Text()
	if err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if st, err := os.Stat(f.path); err == nil {
		mode = st.Mode().Perm()
	}
	tmp := f.path + ".partial"
	if err := os.WriteFile(tmp, text, mode); err != nil {
		return fmt.Errorf("write %s: %w", tmp, err)
	}
	return os.Rename(tmp, f.path)
}

func (f *File) crypter(ctx context.Context, passphrase string) (config.Crypter, error) {
	if f.opened != nil && f.openedWith == passphrase {
		return f.opened, nil
	}
	c, err := f.open(ctx, passphrase)
	if err == nil {
		f.opened, f.openedWith = c, passphrase
	}
	return c, err
}

func (f *File) open(ctx context.Context, passphrase string) (config.Crypter, error) {
	name := filepath.Base(f.path)
	if p := f.top("secretsprovider"); p != "" && p != "passphrase" {
		return nil, fault.Usage("decrypt "+name, "use pulumi config for it", "its secrets provider is %s; this command knows the passphrase provider only", p)
	}
	state := f.top("encryptionsalt")
	if state == "" {
		salt, c, err := newSalt(ctx, passphrase)
		if err != nil {
			return nil, fmt.Errorf("make a salt for %s: %w", name, err)
		}
		put(f.doc.Content[0], "encryptionsalt", scalar(salt))
		return c, nil
	}
	c, err := openSalt(ctx, state, passphrase)
	if errors.Is(err, errPassphrase) {
		return nil, fault.Usage("decrypt "+name,
			"put the right passphrase back; or, when its data is gone for good, remove encryptionsalt and every secure: value from the file and run odooops init",
			"%v", err)
	}
	if err != nil {
		return nil, fault.Usage("decrypt "+name, "restore the file from version control", "%v", err)
	}
	return c, nil
}

// entries are the nodes of the project's namespace by their short key.
func (f *File) entries() map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	cfg := lookup(f.doc.Content[0], "config")
	if cfg == nil || cfg.Kind != yaml.MappingNode {
		return out
	}
	for i := 0; i+1 < len(cfg.Content); i += 2 {
		if key, ok := strings.CutPrefix(cfg.Content[i].Value, Namespace+":"); ok {
			out[key] = cfg.Content[i+1]
		}
	}
	return out
}

func (f *File) set(key string, value *yaml.Node) {
	root := f.doc.Content[0]
	cfg := lookup(root, "config")
	if cfg == nil || cfg.Kind != yaml.MappingNode {
		cfg = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		put(root, "config", cfg)
	}
	put(cfg, Namespace+":"+key, value)
}

func (f *File) top(key string) string {
	if n := lookup(f.doc.Content[0], key); n != nil {
		return n.Value
	}
	return ""
}

func secure(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 || n.Content[0].Value != "secure" {
		return "", false
	}
	return n.Content[1].Value, true
}

func asText(n *yaml.Node) (string, error) {
	if n.Kind == yaml.ScalarNode {
		return n.Value, nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return "", err
	}
	b, err := json.Marshal(v)
	return string(b), err
}

func lookup(m *yaml.Node, key string) *yaml.Node {
	if m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

func put(m *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			m.Content[i+1] = value
			return
		}
	}
	m.Content = append(m.Content, scalar(key), value)
}

func scalar(v string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v}
	if strings.Contains(v, "\n") {
		n.Style = yaml.LiteralStyle
	}
	return n
}
