package status

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/backup"
	"github.com/odooops/odooops/stacks/config"
)

// script answers all questions in one go, a section each; a part that fails
// leaves its section empty.
//
//go:embed question.sh
var script string

// question is the script with the stack's names in front; a host without an
// Odoo of its own has none.
func question(o *config.OdooOutputs) string {
	if o == nil {
		o = &config.OdooOutputs{}
	}
	var b strings.Builder
	for _, kv := range [][2]string{
		{"postgres", o.Containers["postgres"]}, {"backup", o.Containers["backup"]},
		{"odoo", o.Containers["odoo"]}, {"stanza", o.Stanza},
	} {
		fmt.Fprintf(&b, "%s='%s'\n", kv[0], strings.ReplaceAll(kv[1], "'", ""))
	}
	return b.String() + script
}

// read takes the script's answer apart.
func (r *Row) read(out string, o *config.OdooOutputs, now time.Time) {
	parts := map[string]string{}
	name := ""
	for _, line := range strings.Split(out, "\n") {
		if s, ok := strings.CutPrefix(line, "=== "); ok {
			name = s
			continue
		}
		parts[name] += line + "\n"
	}
	r.Containers = containers(parts["containers"])
	for _, c := range r.Containers {
		if c.State != "running" && !strings.Contains(c.Status, "Exited (0)") {
			r.problem("container " + c.Name + ": " + c.Status)
		}
	}
	if o == nil {
		return
	}
	r.PDF = "on"
	if strings.TrimSpace(parts["pdf"]) == "off" {
		r.PDF = "off"
	}
	if o.Stanza != "" {
		r.backups(parts, now)
	}
}

// backups are asked for where there is an archive.
func (r *Row) backups(parts map[string]string, now time.Time) {
	w, err := waiting(parts["archive"], parts["disk"])
	if err != nil {
		r.problem("archive: " + err.Error())
	} else {
		r.WAL = &w
		if w.Failing {
			r.problem(fmt.Sprintf("WAL is not archived in every repository; the data disk is full in %s; Postgres drops nothing until then",
				(time.Duration(w.DiskFullInSeconds) * time.Second).Round(time.Minute)))
		}
	}
	var info backup.Info
	if json.Unmarshal([]byte(parts["backups"]), &info) != nil || len(info.Repositories) == 0 {
		r.problem("backups: no answer in time; a repository may be away")
		return
	}
	for _, repo := range info.Repositories {
		r.Repositories = append(r.Repositories, r.repository(repo, now))
	}
}

// repository judges one.
func (r *Row) repository(repo backup.Repository, now time.Time) Repository {
	found := Repository{Number: repo.Number, WALAgeSeconds: -1, FilesAgeSeconds: repo.FilesAge, TestedSeconds: -1}
	bad := func(format string, args ...any) {
		r.problem(fmt.Sprintf("repository %d: ", repo.Number) + fmt.Sprintf(format, args...))
	}
	if repo.WALAge != nil {
		found.WALAgeSeconds = *repo.WALAge
	}
	if repo.FilesAge > late {
		bad("files have been waiting for %s", seconds(repo.FilesAge))
	}
	if repo.Error != "" {
		found.Error = repo.Error
		bad("%s", repo.Error)
		return found
	}
	switch {
	case repo.WALAge == nil:
		bad("there is no WAL in it")
	case *repo.WALAge > late:
		bad("its newest WAL is %s old", seconds(*repo.WALAge))
	}
	found.Newest = described(repo.Newest(backup.Backup.Good), now)
	found.Full = described(repo.Newest(func(b backup.Backup) bool { return b.Good() && b.Type == backup.Full }), now)
	for _, b := range repo.Backups {
		found.Backups++
		found.Bytes += b.Stored
	}
	switch {
	case found.Full == nil:
		bad("it has no complete full backup: odooops backup run %s --type full", r.Stack)
	case found.Full.AgeSeconds > int(fullEvery.Seconds()):
		bad("its last complete full backup is %s old", seconds(found.Full.AgeSeconds))
	}
	return found
}

// fullEvery is when the next full backup is overdue: one a day, and half a day
// to make up for one that failed.
const fullEvery = 36 * time.Hour

func seconds(n int) time.Duration {
	return (time.Duration(n) * time.Second).Round(time.Second)
}

func described(b *backup.Backup, now time.Time) *Backup {
	if b == nil {
		return nil
	}
	return &Backup{
		Label: b.Label, Type: b.Type, Ended: b.Stopped(), AgeSeconds: int(now.Sub(b.Stopped()).Seconds()),
		Bytes: b.Size, RepoBytes: b.Stored,
	}
}

func containers(text string) []Container {
	var out []Container
	for _, line := range strings.Split(text, "\n") {
		if f := strings.SplitN(line, "|", 3); len(f) == 3 {
			out = append(out, Container{Name: f[0], State: f[1], Status: f[2]})
		}
	}
	return out
}

// late is when WAL or files that wait are called failing: two archive timeouts
// and some.
const late = 120

// waiting reads "lastArchived,failing,waiting,oldest,bytesPerSecond,idleBytesPerSecond"
// and the free bytes of the disk.
func waiting(text, disk string) (WAL, error) {
	f := strings.Split(strings.TrimSpace(text), ",")
	if len(f) != 6 {
		return WAL{}, fmt.Errorf("postgres does not answer")
	}
	n := make([]int, 6)
	for i, s := range f {
		if i == 1 {
			continue
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return WAL{}, fmt.Errorf("unexpected answer %q", text)
		}
		n[i] = int(v)
	}
	w := WAL{LastArchivedSeconds: n[0], Waiting: n[2], AgeSeconds: n[3]}
	w.Failing = f[1] == "t" || w.AgeSeconds > late
	free, err := strconv.ParseInt(strings.TrimSpace(disk), 10, 64)
	if err != nil {
		return w, fmt.Errorf("free space of the data disk: unexpected answer %q", disk)
	}
	w.DiskFullInSeconds = int(free / int64(max(n[4], n[5], 1)))
	return w, nil
}
