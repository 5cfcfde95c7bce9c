package restore

import (
	"fmt"
	"time"

	"github.com/odooops/odooops/ops/mask"
)

// Result of a restore: what is told, and kept as evidence. It holds no value
// of any row.
type Result struct {
	Target  string    `json:"target"`
	Source  string    `json:"source"`
	Started time.Time `json:"started"` // UTC
	Seconds float64   `json:"seconds"`
	Done    bool      `json:"done"`
	// Failed is the step that did; empty when none.
	Failed string `json:"failed,omitempty"`
	Steps  []Step `json:"steps"`

	// Backup is the label, Repo the repository's number; At the point in time
	// that was asked for, and LastCommit what was reached.
	Backup     string `json:"backup,omitempty"`
	Repo       int    `json:"repo,omitempty"`
	At         string `json:"at,omitempty"`
	LastCommit string `json:"lastCommit,omitempty"`
	// Harmless are the modules that the operator said need no neutralisation.
	Harmless []string `json:"harmless,omitempty"`
	// Images: the backup's Odoo, and the target's.
	Images map[string]string `json:"images,omitempty"`

	Tables int   `json:"tables"`
	Rows   int64 `json:"rows"`
	Bytes  int64 `json:"bytes"` // copied
	// Files: kept as they are, replaced, and missing in the backup.
	Files map[string]int `json:"files,omitempty"`
	// Checks are the verification's, as the mask program says them.
	Checks []mask.Check `json:"checks,omitempty"`
	// Generation is the target's new one, or the template's id.
	Generation string `json:"generation,omitempty"`
	// Evidence is the key of the report; empty where none could be kept.
	Evidence string `json:"evidence,omitempty"`
}

// Step that was made.
type Step struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail,omitempty"`
}

func (s Step) String() string {
	if s.Detail == "" {
		return fmt.Sprintf("%s: %.1f s", s.Name, s.Seconds)
	}
	return fmt.Sprintf("%s: %.1f s (%s)", s.Name, s.Seconds, s.Detail)
}

// Names of the steps, in their order.
func Names() []string {
	names := []string{"check", "quarantine"}
	for _, s := range (&work{}).steps() {
		names = append(names, s.name)
	}
	return append(names, "destroy")
}
