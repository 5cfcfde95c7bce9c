package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/odooops/odooops/ops/project"
)

// Purge forgets what a stopped local cloud and its stacks left in the checkout:
// records, objects, and the local stacks' Pulumi state, wherever in that cloud
// it was. Passphrases, recovery kit and ledger stay, and the images in the
// cache: the committed config still needs the first, and the others are evidence.
func Purge(p *project.Project) error {
	var errs []error
	for _, dir := range []string{"localcloud", "state", "state-keys", "ssh", "previews", "edge"} {
		if err := os.RemoveAll(p.Private(dir)); err != nil {
			errs = append(errs, fmt.Errorf("remove %s: %w", p.Private(dir), err))
		}
	}
	// Accounts with the local cloud's authorities; those with real ones stay.
	accounts, _ := filepath.Glob(p.Private("acme", "local-*.json"))
	for _, file := range accounts {
		errs = append(errs, os.Remove(file))
	}
	errs = append(errs, p.ForgetLocalBackends())
	return errors.Join(errs...)
}
