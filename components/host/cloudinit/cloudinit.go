package cloudinit

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"golang.org/x/crypto/ssh"
)

//go:embed user-data.yaml.tmpl files
var content embed.FS

// Role is what the machine is for.
type Role string

const (
	// RoleDocker runs containers on a data volume.
	RoleDocker Role = "docker"
	// RoleBastion only forwards SSH connections.
	RoleBastion Role = "bastion"
)

// Args is everything a machine's user data is made of.
type Args struct {
	// Name becomes the host name.
	Name string
	Role Role
	// Stack names the directory under /data. RoleDocker only.
	Stack string
	// Volume is the name of the block volume for /data. RoleDocker only.
	Volume string
	// HostKey is the machine's own private key, ed25519, OpenSSH PEM.
	HostKey string
	// OperatorKey is the public key that may log in as ops, in
	// authorized_keys format.
	OperatorKey string
}

// plain is what may stand in a shell variable, a path and a host name alike.
var plain = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// Render returns the user data. The same Args give the same bytes.
func Render(a Args) (string, error) {
	hostKey, err := ssh.ParsePrivateKey([]byte(a.HostKey))
	if err != nil {
		return "", fmt.Errorf("user data of %s: the host key is no OpenSSH private key: %w", a.Name, err)
	}
	if kind := hostKey.PublicKey().Type(); kind != ssh.KeyAlgoED25519 {
		return "", fmt.Errorf("user data of %s: the host key is %s, not ed25519", a.Name, kind)
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(a.OperatorKey)); err != nil {
		return "", fmt.Errorf("user data of %s: the operator's key is no public key: %w", a.Name, err)
	}
	names := []string{a.Name}
	if a.Role == RoleDocker {
		names = append(names, a.Stack, a.Volume)
	}
	for _, name := range names {
		if !plain.MatchString(name) {
			return "", fmt.Errorf("user data of %s: %q may hold only a-z, 0-9 and -", a.Name, name)
		}
	}

	tmpl, err := template.New("user-data.yaml.tmpl").
		Funcs(template.FuncMap{"file": file, "indent": indent, "json": quote}).
		ParseFS(content, "user-data.yaml.tmpl")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = tmpl.Execute(&out, map[string]any{
		"Name":          a.Name,
		"Docker":        a.Role == RoleDocker,
		"Stack":         a.Stack,
		"Volume":        a.Volume,
		"HostKey":       strings.TrimSpace(a.HostKey),
		"HostPublicKey": strings.TrimSpace(string(ssh.MarshalAuthorizedKey(hostKey.PublicKey()))),
		"OperatorKey":   strings.TrimSpace(a.OperatorKey),
	})
	return out.String(), err
}

func file(name string) (string, error) {
	text, err := content.ReadFile("files/" + name)
	return strings.TrimRight(string(text), "\n"), err
}

func indent(spaces int, text string) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", spaces))
}

// quote writes a YAML string: every JSON string is one.
func quote(s string) (string, error) {
	b, err := json.Marshal(s)
	return string(b), err
}
