package cert

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is a place on this computer, where nothing boots that could serve
// the certificate.
type Folder string

var _ Place = Folder("")

// Current reads the chain.
func (f Folder) Current(context.Context) (string, error) {
	text, err := os.ReadFile(filepath.Join(string(f), "cert.pem"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

// Install writes both files.
func (f Folder) Install(_ context.Context, c Certificate) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{"key.pem": c.Key, "cert.pem": c.Cert} {
		path := filepath.Join(string(f), name)
		if err := os.WriteFile(path+".partial", []byte(text), 0o600); err != nil {
			return err
		}
		if err := os.Rename(path+".partial", path); err != nil {
			return err
		}
	}
	return nil
}
