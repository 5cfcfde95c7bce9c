package status

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

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
	if a, err := archive(parts["archive"], parts["disk"]); err != nil {
		r.problem("archive: " + err.Error())
	} else {
		r.Archive = []Archive{a}
		if a.Failing {
			r.problem(fmt.Sprintf("WAL is not archived to %s; the data disk is full in %s; Postgres drops nothing until then",
				a.Repository, (time.Duration(a.DiskFullInSeconds) * time.Second).Round(time.Minute)))
		}
	}
	b, err := backup(parts["backup"], now)
	if err != nil {
		r.problem("backup: " + err.Error())
	}
	r.Backup = b
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

// lateArchive is when WAL that waits is called failing: two archive timeouts
// and some.
const lateArchive = 120

// archive reads "lastArchived,failing,waiting,oldest,bytesPerSecond,idleBytesPerSecond"
// and the free bytes of the disk.
func archive(text, disk string) (Archive, error) {
	f := strings.Split(strings.TrimSpace(text), ",")
	if len(f) != 6 {
		return Archive{}, fmt.Errorf("postgres does not answer")
	}
	n := make([]int, 6)
	for i, s := range f {
		if i == 1 {
			continue
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return Archive{}, fmt.Errorf("unexpected answer %q", text)
		}
		n[i] = int(v)
	}
	a := Archive{Repository: "repo1 (Spaces)", LastArchivedSeconds: n[0], Waiting: n[2], AgeSeconds: n[3]}
	a.Failing = f[1] == "t" || a.AgeSeconds > lateArchive
	free, err := strconv.ParseInt(strings.TrimSpace(disk), 10, 64)
	if err != nil {
		return a, fmt.Errorf("free space of the data disk: unexpected answer %q", disk)
	}
	a.DiskFullInSeconds = int(free / int64(max(n[4], n[5], 1)))
	return a, nil
}

// backup reads `pgbackrest info --output=json`.
func backup(text string, now time.Time) (*Backup, error) {
	var info []struct {
		Backup []struct {
			Label     string `json:"label"`
			Type      string `json:"type"`
			Timestamp struct {
				Stop int64 `json:"stop"`
			} `json:"timestamp"`
			Info struct {
				Size       int64 `json:"size"`
				Repository struct {
					Delta int64 `json:"delta"`
					Size  int64 `json:"size"`
				} `json:"repository"`
			} `json:"info"`
		} `json:"backup"`
		Status struct {
			Message string `json:"message"`
		} `json:"status"`
	}
	if err := json.Unmarshal([]byte(text), &info); err != nil || len(info) == 0 {
		return nil, fmt.Errorf("pgbackrest does not answer")
	}
	list := info[0].Backup
	if len(list) == 0 {
		return nil, fmt.Errorf("none yet (%s)", info[0].Status.Message)
	}
	last := list[len(list)-1]
	ended := time.Unix(last.Timestamp.Stop, 0).UTC()
	b := &Backup{
		Label: last.Label, Type: last.Type, Ended: ended, AgeSeconds: int(now.Sub(ended).Seconds()),
		Bytes: last.Info.Size, RepoBytes: max(last.Info.Repository.Delta, last.Info.Repository.Size),
	}
	return b, nil
}
