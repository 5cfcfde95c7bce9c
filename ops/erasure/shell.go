package erasure

import (
	"context"
	_ "embed" // shell.py

	"github.com/odooops/odooops/ops/hostscript"
)

//go:embed files/shell.py
var shellScript string

// Shell runs a script in the Odoo shell of a container, and returns its stdout.
func Shell(ctx context.Context, host *hostscript.Host, container, database, script string) (string, error) {
	var answer struct {
		Stdout string `json:"stdout"`
	}
	err := host.Ask(ctx, "run Odoo's shell", shellScript,
		map[string]string{"container": container, "database": database, "script": script}, &answer, nil)
	return answer.Stdout, err
}
