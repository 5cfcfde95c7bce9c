// Package mask makes a copy of an Odoo database in which nobody can be found:
// every column is classified by a manifest, and what isn't is refused. The
// work is done by the program odooops-mask, beside the two clusters; this
// package is what its callers and the program agree on. Neither a value nor
// the key ever is in a result, in a message or in a statement.
package mask

// Exit codes of the program, besides 0 and 1.
const (
	ExitUnclassified = 3 // the manifest doesn't know a column; the result lists them
	ExitFindings     = 4 // a leak, or a check that failed; the result lists them
)

// CheckRequest is what check and propose read from stdin.
type CheckRequest struct {
	Manifest map[string]string `json:"manifest"` // manifest.Sources(): file name to YAML
	DSN      string            `json:"dsn"`
}

// CheckResult is what check prints.
type CheckResult struct {
	Unclassified []Unclassified `json:"unclassified"`
	Unused       []string       `json:"unused"`             // TABLE or TABLE.COLUMN of the manifest that isn't there
	Problems     []string       `json:"problems,omitempty"` // classes that can't be applied, each with its reason
}

// Unclassified is a column that the manifest doesn't know.
type Unclassified struct {
	Table    string `json:"table"`
	Column   string `json:"column"`
	Type     string `json:"type"`
	Module   string `json:"module"`   // that owns it, by Odoo's own records; "" if unknown
	Proposal string `json:"proposal"` // a class to review, by name and type only
}

// ProposeResult is what propose prints: sections to review and to put into
// the manifest.
type ProposeResult struct {
	YAML string `json:"yaml"`
}

// Settings are of the environment that the copy is for.
type Settings struct {
	URL          string `json:"url"`
	Domain       string `json:"domain"`
	AdminLogin   string `json:"adminLogin"`
	PasswordHash string `json:"passwordHash"` // as passlib writes it, for all active users
	// ProductionSecrets are the hexadecimal sha256 of values that must not appear.
	ProductionSecrets []string `json:"productionSecrets"`
}

// CopyRequest is what copy reads. The target database is dropped and made.
type CopyRequest struct {
	Manifest map[string]string `json:"manifest"`
	Source   string            `json:"source"`
	Target   string            `json:"target"`
	Key      []byte            `json:"key"` // 32 random bytes, never stored
	Jobs     int               `json:"jobs"`
	Settings Settings          `json:"settings"`
	Files    *Files            `json:"files,omitempty"` // without, rows alone
}

// CopyResult is what copy prints.
type CopyResult struct {
	Files        *FilesResult   `json:"files,omitempty"`
	Tables       []Table        `json:"tables"`
	Bytes        int64          `json:"bytes"` // of rows, as COPY text
	Seconds      float64        `json:"seconds"`
	Findings     []Finding      `json:"findings"`
	Unclassified []Unclassified `json:"unclassified,omitempty"`
	Problems     []string       `json:"problems,omitempty"`
}

// Table is one that was copied.
type Table struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// Finding is a leak: where, of what kind, how often. Never what.
type Finding struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Kind   string `json:"kind"` // name, email, phone, vat, iban, login, secret; email-range, iban-range
	Count  int64  `json:"count"`
}

// Files are where attachments' files are: folders that have <xx>/<sha1> below
// them.
type Files struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// FilesResult says what became of the files.
type FilesResult struct {
	Kept     int      `json:"kept"`
	Replaced int      `json:"replaced"` // attachments whose content is a sample now
	Missing  []string `json:"missing"`  // kept files that aren't there, or aren't what their name says
}

// VerifyRequest is what verify reads.
type VerifyRequest struct {
	Manifest map[string]string `json:"manifest"`
	Source   string            `json:"source"`
	Target   string            `json:"target"`
	Files    string            `json:"files"`
	Settings Settings          `json:"settings"`
}

// VerifyResult is what verify prints.
type VerifyResult struct {
	Checks []Check `json:"checks"`
}

// Check is one of the last checks before a copy is published.
type Check struct {
	Name   string   `json:"name"`
	Pass   bool     `json:"pass"`
	Detail []string `json:"detail,omitempty"` // tables, columns, counts
}
