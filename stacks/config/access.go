package config

import (
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/sshaccess"
)

// HostUser is the only login of every machine.
const HostUser = "ops"

// SSHDir is where a stack's ssh client files are, relative to the checkout.
// The docker provider's options hold it, and the engine runs providers there.
func SSHDir(stack string) string { return ".odooops/ssh/" + stack }

// Access is how to log in on the stack's host with the operator's key of its zone.
func (p OdooOutputs) Access(operatorKey string) sshaccess.Access {
	return p.Bastion.Through(operatorKey, p.PrivateIP, p.HostKey)
}

// Access is how to log in on the previews' host with the operator's key of
// either zone.
func (p PreviewHostOutputs) Access(operatorKey string) sshaccess.Access {
	return p.Bastion.Through(operatorKey, p.PrivateIP, p.HostKey)
}

// Access is how to log in on a restore's machine with core's operator key.
func (p QuarantineOutputs) Access(operatorKey string) sshaccess.Access {
	return p.Bastion.Through(operatorKey, p.PrivateIP, p.HostKey)
}

// Through is how to log in on a host behind the bastion. A host that is not
// known yet may be left empty: host.New fills it in.
func (b Bastion) Through(operatorKey, privateIP, hostKey string) sshaccess.Access {
	bastion := b.Access(operatorKey).Host
	return sshaccess.Access{
		User: HostUser, Key: keyFile(operatorKey),
		Host:    sshaccess.Endpoint{Addr: privateIP + ":22", HostKey: hostKey},
		Bastion: &bastion,
	}
}

// Access is how to log in on the bastion itself.
func (b Bastion) Access(operatorKey string) sshaccess.Access {
	return sshaccess.Access{
		User: HostUser, Key: keyFile(operatorKey),
		Host: sshaccess.Endpoint{Addr: b.PublicIP + ":22", HostKey: b.HostKey},
	}
}

// keyFile ends a key as ssh wants it: with one newline.
func keyFile(key string) []byte { return []byte(strings.TrimSpace(key) + "\n") }

// PublicKey is the public half of a checked private key, authorized_keys format.
func PublicKey(private string) (string, error) {
	key, err := ssh.ParsePrivateKey([]byte(private))
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey()))), nil
}
