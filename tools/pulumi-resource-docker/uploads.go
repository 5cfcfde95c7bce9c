package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"

	"github.com/moby/moby/client"
)

// upload is a file that is laid into a container before it starts, owned by root.
type upload struct {
	File          string `json:"file"`
	Content       string `json:"content"`
	ContentBase64 string `json:"contentBase64"`
	Source        string `json:"source"`
	Executable    bool   `json:"executable"`
	Permissions   string `json:"permissions"` // octal, such as 0600
}

func uploadFiles(ctx context.Context, c *client.Client, id string, files []upload) error {
	for _, f := range files {
		archive, err := f.archive()
		if err != nil {
			return err
		}
		_, err = c.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: "/", Content: archive})
		if err != nil {
			return fmt.Errorf("uploading %s: %w", f.File, err)
		}
	}
	return nil
}

func (f upload) archive() (*bytes.Buffer, error) {
	content, err := f.bytes()
	if err != nil {
		return nil, fmt.Errorf("upload %s: %w", f.File, err)
	}
	mode, err := f.mode()
	if err != nil {
		return nil, fmt.Errorf("upload %s: %w", f.File, err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: f.File, Mode: mode, Size: int64(len(content))}); err != nil {
		return nil, fmt.Errorf("upload %s: %w", f.File, err)
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("upload %s: %w", f.File, err)
	}
	return &archive, w.Close()
}

func (f upload) bytes() ([]byte, error) {
	switch {
	case f.ContentBase64 != "":
		return base64.StdEncoding.DecodeString(f.ContentBase64)
	case f.Source != "":
		return os.ReadFile(f.Source)
	}
	return []byte(f.Content), nil
}

func (f upload) mode() (int64, error) {
	switch {
	case f.Permissions != "":
		return strconv.ParseInt(f.Permissions, 8, 32)
	case f.Executable:
		return 0o744, nil
	}
	return 0o644, nil
}
