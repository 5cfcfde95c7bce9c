package backup

import (
	"time"
)

// Types of backups.
const (
	Full = "full"
	Diff = "diff"
	Incr = "incr"
)

// Info is what the image's backup-info says: each repository as it is now.
type Info struct {
	Repositories []Repository `json:"repositories"`
}

// Repository as pgBackRest and the files' bucket tell.
type Repository struct {
	Number int `json:"number"`
	// Error says why nothing else is known.
	Error   string    `json:"error,omitempty"`
	Backups []Backup  `json:"backups"`
	Archive *Segments `json:"archive,omitempty"`
	// WALAge is how long ago the newest WAL came, in seconds; nil when unknown.
	WALAge *int `json:"walAge"`
	// FilesAge is for how many seconds the oldest file that is not there has
	// been waiting; 0 when all are there.
	FilesAge int `json:"filesAge"`
}

// Segments are the first and the last WAL segment that is there.
type Segments struct {
	Min string `json:"min"`
	Max string `json:"max"`
}

// Backup of the database, and of the files that its rows name.
type Backup struct {
	Label string `json:"label"`
	Type  string `json:"type"` // full, diff, incr
	// Start and Stop are Unix seconds by the host's clock.
	Start int64 `json:"start"`
	Stop  int64 `json:"stop"`
	Size  int64 `json:"size"` // of the database, bytes
	// Stored is what the backup takes in the repository, without the full one
	// that it depends on.
	Stored int64 `json:"stored"`
	// Complete backups are followed by a pass over the files.
	Complete bool `json:"complete"`
	// Error says that pages of the database were found damaged.
	Error       bool              `json:"error,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Stopped is when the backup was whole.
func (b Backup) Stopped() time.Time { return time.Unix(b.Stop, 0).UTC() }

// Good backups bring everything back.
func (b Backup) Good() bool { return b.Complete && !b.Error }

// root is the label of the full backup that this one needs, or is:
// 20261122-030000F_20261122-040000D needs 20261122-030000F.
func (b Backup) root() string {
	const full = len("20261122-030000F")
	return b.Label[:min(full, len(b.Label))]
}

// Newest is the last backup of a kind; nil without one.
func (r Repository) Newest(is func(Backup) bool) *Backup {
	var newest *Backup
	for i, b := range r.Backups {
		if is(b) && (newest == nil || b.Stop > newest.Stop) {
			newest = &r.Backups[i]
		}
	}
	return newest
}

// Window is from when to when any point in time can be restored, as far as a
// retention keeps WAL whole; nil without a good full backup.
func (r Repository) Window(keep Retention, now time.Time) (from, to *time.Time) {
	p := keep.choose(r, now)
	if p.From == nil {
		return nil, nil
	}
	if r.WALAge != nil {
		end := now.Add(-time.Duration(*r.WALAge) * time.Second).UTC().Truncate(time.Second)
		to = &end
	}
	return p.From, to
}
