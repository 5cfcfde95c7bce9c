package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// info is what backup-info of the image writes, as far as it is needed here.
type info struct {
	Repositories []struct {
		Number   int      `json:"number"`
		Error    string   `json:"error"`
		Backups  []backup `json:"backups"`
		WALAge   *float64 `json:"walAge"`
		FilesAge float64  `json:"filesAge"`
	} `json:"repositories"`
}

type backup struct {
	Type     string  `json:"type"`
	Stop     int64   `json:"stop"` // Unix seconds
	Stored   float64 `json:"stored"`
	Complete bool    `json:"complete"`
	Error    bool    `json:"error"`
}

// repositories are what the backup wrote last of each, in a file N.json. As
// long as it writes nothing new, ages grow.
func repositories(dir string, now time.Time) ([]sample, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var all []sample
	var failed error
	for _, file := range files {
		some, err := repository(file, now)
		all, failed = append(all, some...), errors.Join(failed, err)
	}
	return all, failed
}

func repository(file string, now time.Time) ([]sample, error) {
	written, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var i info
	if err := json.Unmarshal(text, &i); err != nil {
		return nil, fmt.Errorf("%s is not what backup-info writes: %w", file, err)
	}
	since := max(now.Sub(written.ModTime()).Seconds(), 0)
	var all []sample
	for _, r := range i.Repositories {
		number := strconv.Itoa(r.Number)
		add := func(name string, value float64, more ...string) {
			all = append(all, sample{name, append([]string{number}, more...), value})
		}
		failed := 0.0
		if r.Error != "" {
			failed = 1
		}
		add("odooops_repository_error", failed)
		if r.WALAge != nil {
			add("odooops_repository_wal_age_seconds", *r.WALAge+since)
		}
		if r.FilesAge > 0 {
			r.FilesAge += since
		}
		add("odooops_repository_files_age_seconds", r.FilesAge)
		newest := map[string]backup{}
		for _, b := range r.Backups {
			if b.Complete && !b.Error && b.Stop > newest[b.Type].Stop {
				newest[b.Type] = b
			}
		}
		for kind, b := range newest {
			add("odooops_backup_age_seconds", max(now.Sub(time.Unix(b.Stop, 0)).Seconds(), 0), kind)
			add("odooops_backup_bytes", b.Stored, kind)
		}
	}
	return all, nil
}
