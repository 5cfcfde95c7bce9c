package cloudinit

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
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
	// RoleContained is RoleDocker whose containers reach the machine itself for
	// nothing: what runs there is not production's code.
	RoleContained Role = "contained"
	// RolePreviews runs the containers of many previews, whose Docker volumes
	// and templates share the data volume.
	RolePreviews Role = "previews"
	// RoleWatch is RoleDocker for what keeps logs and metrics.
	RoleWatch Role = "watch"
	// RoleBastion only forwards SSH connections.
	RoleBastion Role = "bastion"
)

// Args is everything a machine's user data is made of.
type Args struct {
	// Name becomes the host name.
	Name string
	Role Role
	// Stack names the directory under /data. Not for a bastion.
	Stack string
	// Volume is the name of the block volume for /data. Not for a bastion.
	Volume string
	// HostKey is the machine's own private key, ed25519, OpenSSH PEM.
	HostKey string
	// OperatorKeys are the public keys that may log in as ops, in
	// authorized_keys format.
	OperatorKeys []string
	// PreviewsKey is a public key that may only have connections to port 22 of
	// other machines forwarded. RoleBastion only; may be empty.
	PreviewsKey string
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
	logins, err := a.logins()
	if err != nil {
		return "", err
	}
	names := []string{a.Name}
	switch a.Role {
	case RoleDocker, RoleContained, RolePreviews, RoleWatch:
		names = append(names, a.Stack, a.Volume)
	case RoleBastion:
	default:
		return "", fmt.Errorf("user data of %s: no role %q", a.Name, a.Role)
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
		"Role":          a.Role,
		"Docker":        a.Role != RoleBastion,
		"Previews":      a.Role == RolePreviews,
		"Watch":         a.Role == RoleWatch,
		"Contained":     a.Role == RolePreviews || a.Role == RoleContained,
		"Stack":         a.Stack,
		"Volume":        a.Volume,
		"HostKey":       strings.TrimSpace(a.HostKey),
		"HostPublicKey": strings.TrimSpace(string(ssh.MarshalAuthorizedKey(hostKey.PublicKey()))),
		"Logins":        logins,
	})
	return out.String(), err
}

// forwardOnly lets a key have connections to other machines' port 22
// forwarded and refuses it everything else. "restrict" alone would still run
// commands, hence the one that is run whatever is asked for.
const forwardOnly = `restrict,port-forwarding,permitopen="*:22",command="/usr/sbin/nologin" `

// logins are the lines of ops' authorized_keys.
func (a Args) logins() ([]string, error) {
	if len(a.OperatorKeys) == 0 {
		return nil, fmt.Errorf("user data of %s: no operator's key: nobody could log in", a.Name)
	}
	var lines []string
	for _, key := range a.OperatorKeys {
		line, err := bare(key)
		if err != nil {
			return nil, fmt.Errorf("user data of %s: the operator's key is no public key: %w", a.Name, err)
		}
		lines = append(lines, line)
	}
	if a.PreviewsKey == "" {
		return lines, nil
	}
	if a.Role != RoleBastion {
		return nil, fmt.Errorf("user data of %s: only a bastion forwards for the previews' key", a.Name)
	}
	line, err := bare(a.PreviewsKey)
	if err != nil {
		return nil, fmt.Errorf("user data of %s: the previews' key is no public key: %w", a.Name, err)
	}
	// sshd takes the first line that has the key, so a key that is an
	// operator's already would be forwarded for without the restriction.
	if slices.Contains(lines, line) {
		return nil, fmt.Errorf("user data of %s: the previews' key is an operator's key: each zone has its own, make them with `odooops init`", a.Name)
	}
	return append(lines, forwardOnly+line), nil
}

// bare is the key alone, without its comment. Options before it are refused:
// what a key may do is said here.
func bare(text string) (string, error) {
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(text))
	switch {
	case err != nil:
		return "", err
	case len(options) != 0 || len(rest) != 0:
		return "", errors.New("it has options before it, or something after it")
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), nil
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
