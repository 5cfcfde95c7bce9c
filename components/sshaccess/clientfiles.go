package sshaccess

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// WriteClientFiles writes config, known_hosts and key into dir, so that
// `ssh -F dir/config HOST` gets to the host as Dial does. The docker provider
// needs that: it runs ssh itself. Each file appears whole or not at all,
// readable by its owner only.
func WriteClientFiles(dir string, a Access) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if strings.ContainsAny(abs, "\"'\n") {
		return fmt.Errorf("ssh client files: ssh can't use the path %q", abs)
	}
	host, port, err := net.SplitHostPort(a.Host.Addr)
	if err != nil {
		return fmt.Errorf("ssh client files: %w", err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return fmt.Errorf("ssh client files: %w", err)
	}

	var config, known bytes.Buffer
	path := func(name string) string { return `"` + escape(filepath.Join(abs, name)) + `"` }
	section := func(pattern, host, port, jump string) {
		fmt.Fprintf(&config, "Host %s\n\tHostName %s\n\tPort %s\n\tUser %s\n", pattern, host, port, a.User)
		if jump != "" {
			// Not ProxyJump: it hands our -F on unquoted.
			fmt.Fprintf(&config, "\tProxyCommand ssh -F '%s' -W [%%h]:%%p %s\n", escape(filepath.Join(abs, "config")), jump)
		}
		fmt.Fprintf(&config, "\tIdentityFile %s\n\tIdentitiesOnly yes\n\tIdentityAgent none\n", path("key"))
		fmt.Fprintf(&config, "\tUserKnownHostsFile %s\n\tGlobalKnownHostsFile /dev/null\n", path("known_hosts"))
		fmt.Fprint(&config, "\tStrictHostKeyChecking yes\n\tUpdateHostKeys no\n\tBatchMode yes\n")
		fmt.Fprint(&config, "\tConnectTimeout 10\n\tServerAliveInterval 15\n\tServerAliveCountMax 4\n\tLogLevel ERROR\n\n")
	}
	pin := func(e Endpoint) error {
		h, p, err := net.SplitHostPort(e.Addr)
		if err != nil {
			return fmt.Errorf("ssh client files: %w", err)
		}
		if p != "22" {
			h = "[" + h + "]:" + p
		}
		fmt.Fprintf(&known, "%s %s\n", h, strings.TrimSpace(e.HostKey))
		return nil
	}

	jump := ""
	if a.Bastion != nil {
		bastionHost, bastionPort, err := net.SplitHostPort(a.Bastion.Addr)
		if err != nil {
			return fmt.Errorf("ssh client files: %w", err)
		}
		if err := pin(*a.Bastion); err != nil {
			return err
		}
		jump = "bastion"
		section(jump, bastionHost, bastionPort, "")
	}
	if err := pin(a.Host); err != nil {
		return err
	}
	section(host+" host", host, port, jump)

	for _, f := range []struct {
		name    string
		content []byte
	}{
		{"key", a.Key},
		{"known_hosts", known.Bytes()},
		{"config", config.Bytes()},
	} {
		if err := writeFile(filepath.Join(abs, f.name), f.content); err != nil {
			return fmt.Errorf("ssh client files: %w", err)
		}
	}
	return nil
}

// escape keeps ssh from expanding percent signs.
func escape(path string) string { return strings.ReplaceAll(path, "%", "%%") }

// writeFile replaces a file in one rename; a reader sees the old or the new.
func writeFile(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return os.Chmod(path, 0o600)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
