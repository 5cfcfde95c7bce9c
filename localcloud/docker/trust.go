package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/moby/moby/client"
)

const (
	bundlePath = "/etc/ssl/certs/ca-certificates.crt"
	// localCA is where update-ca-certificates looks, so that an upgrade of
	// ca-certificates in the machine keeps the local cloud trusted.
	localCA = "/usr/local/share/ca-certificates/odooops-localcloud.crt"
)

// trust adds the local cloud's authority to the machine's trust store: the
// machine calls api.digitalocean.com and gets the local cloud. The files are
// copied into the container, not mounted, because update-ca-certificates
// replaces the bundle by renaming and fails on a mount point.
func (m *Machines) trust(ctx context.Context, container string) error {
	if m.cfg.CAFile == "" {
		return nil
	}
	ca, err := os.ReadFile(m.cfg.CAFile)
	if err != nil {
		return fmt.Errorf("read the local cloud's authority: %w", err)
	}
	bundle, err := m.readFrom(ctx, container, bundlePath)
	if err != nil {
		return fmt.Errorf("read the machine image's trust store: %w", err)
	}
	var files bytes.Buffer
	archive := tar.NewWriter(&files)
	for path, body := range map[string][]byte{
		bundlePath: slices.Concat(bytes.TrimRight(bundle, "\n"), []byte("\n"), ca),
		localCA:    ca,
	} {
		head := &tar.Header{Name: path, Mode: 0o644, Size: int64(len(body)), Typeflag: tar.TypeReg}
		if err := archive.WriteHeader(head); err != nil {
			return err
		}
		if _, err := archive.Write(body); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	_, err = m.docker.CopyToContainer(ctx, container, client.CopyToContainerOptions{DestinationPath: "/", Content: &files})
	if err != nil {
		return fmt.Errorf("write the machine's trust store: %w", err)
	}
	return nil
}

func (m *Machines) readFrom(ctx context.Context, container, path string) ([]byte, error) {
	found, err := m.docker.CopyFromContainer(ctx, container, client.CopyFromContainerOptions{SourcePath: path})
	if err != nil {
		return nil, err
	}
	defer found.Content.Close()
	archive := tar.NewReader(found.Content)
	if _, err := archive.Next(); err != nil {
		return nil, err
	}
	return io.ReadAll(archive)
}
