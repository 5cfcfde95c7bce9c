package workspace

import (
	"os"

	"github.com/odooops/odooops/ops/project"
)

// Enter puts this process where the engine would start a program: in a folder,
// with an environment on top of its own. What opens a zone comes from that
// environment alone: this process may have the other zone's.
func Enter(dir string, env map[string]string) error {
	if err := os.Chdir(dir); err != nil {
		return err
	}
	for _, k := range project.ZoneVars {
		if err := os.Unsetenv(k); err != nil {
			return err
		}
	}
	for k, v := range env {
		if err := os.Setenv(k, v); err != nil {
			return err
		}
	}
	return nil
}
