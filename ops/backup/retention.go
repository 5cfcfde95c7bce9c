package backup

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// Retention is how much is kept. A period counts only if it has a backup:
// days without one don't push older backups out.
type Retention struct {
	// Full backups: the newest of each of so many days, weeks and months, UTC.
	Daily, Weekly, Monthly int
	// Window is how far back any point in time can be restored.
	Window time.Duration
	// Diffs is how long differential backups are kept; they only shorten a
	// restore.
	Diffs time.Duration
}

// Default is what production promises.
var Default = Retention{Daily: 7, Weekly: 4, Monthly: 3, Window: 14 * 24 * time.Hour, Diffs: 48 * time.Hour}

// skew is how far the host's clock may be ahead of ours.
const skew = 10 * time.Minute

// clocks is how far the host's clock, which stamps backups, and the
// repository's, which stamps files, may be apart.
const clocks = 24 * time.Hour

// Plan is what is to happen in one repository.
type Plan struct {
	Repository int    `json:"repository"`
	Keep       []Kept `json:"keep"` // newest first
	// Expire are labels, oldest first, a full one's differentials before it.
	Expire []string `json:"expire"`
	// Base is the full backup from which on all WAL is kept; older ones keep
	// what makes them consistent. Empty leaves the WAL alone.
	Base string `json:"base,omitempty"`
	// Files that no kept backup names may go when they were uploaded before.
	FilesBefore time.Time `json:"filesBefore"`
	// From is the first point in time that can be restored; nil when no good
	// full backup is there.
	From *time.Time `json:"from,omitempty"`
	// Held says why nothing is done here although something would expire.
	Held     string   `json:"held,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Kept is a backup that stays.
type Kept struct {
	Label string   `json:"label"`
	Why   []string `json:"why"`
}

// Choose decides about all repositories at once: a backup goes only where the
// others have a good one that is as new.
func (r Retention) Choose(info Info, now time.Time) []Plan {
	plans := make([]Plan, 0, len(info.Repositories))
	for _, repo := range info.Repositories {
		p := r.choose(repo, now)
		p.hold(repo, info)
		plans = append(plans, p)
	}
	return plans
}

// reasons collects why each backup stays.
type reasons map[string][]string

func (k reasons) add(label, why string) {
	if !slices.Contains(k[label], why) {
		k[label] = append(k[label], why)
	}
}

func (r Retention) choose(repo Repository, now time.Time) Plan {
	p := Plan{Repository: repo.Number, Keep: []Kept{}, Expire: []string{}}
	if repo.Error != "" {
		p.Held = "it does not answer: " + repo.Error
		return p
	}
	all := slices.Clone(repo.Backups)
	sort.Slice(all, func(i, j int) bool { return newer(all[i], all[j]) })
	why := reasons{}
	// What says that it was made later than now proves nothing about time, and
	// is nobody's to judge.
	past := slices.DeleteFunc(slices.Clone(all), func(b Backup) bool {
		if b.Stopped().After(now.Add(skew)) {
			why.add(b.Label, "its time has not come")
			p.Warnings = append(p.Warnings, fmt.Sprintf("backup %s says that it ended %s: a clock was wrong", b.Label, b.Stopped().Format(time.RFC3339)))
			return true
		}
		return false
	})
	good := slices.DeleteFunc(slices.Clone(past), func(b Backup) bool { return !b.Good() })
	if len(good) == 0 {
		p.Held = "it has no good backup"
		p.keepAll(all, "there is no good one")
		return p
	}
	// Ages count from the newest backup: while there are no new ones, and when
	// our own clock is ahead, time stands still.
	at := good[0].Stopped()
	if now.Before(at) {
		at = now
	}
	why.add(good[0].Label, "newest")
	base := r.fulls(good, at, why)
	r.young(past, at, why)
	for _, b := range all {
		if len(why[b.Label]) > 0 && b.root() != b.Label {
			why.add(b.root(), "others depend on it")
		}
	}
	p.settle(all, why)
	if base != nil {
		from := base.Stopped()
		p.From, p.Base = &from, base.Label
	}
	p.FilesBefore = at.Add(-r.Window)
	if base != nil && base.Stopped().Before(p.FilesBefore) {
		p.FilesBefore = base.Stopped()
	}
	p.FilesBefore = p.FilesBefore.Add(-clocks)
	return p
}

// fulls keeps the newest of each period, and the one that the window begins
// with, which is returned: the newest that ended before the window, or while
// there is none so old, the oldest.
func (r Retention) fulls(good []Backup, at time.Time, why reasons) *Backup {
	full := slices.DeleteFunc(slices.Clone(good), func(b Backup) bool { return b.Type != Full })
	if len(full) == 0 {
		return nil
	}
	why.add(full[0].Label, "newest full")
	for _, period := range []struct {
		name string
		n    int
		of   func(time.Time) string
	}{
		{"daily", r.Daily, func(t time.Time) string { return t.Format(time.DateOnly) }},
		{"weekly", r.Weekly, func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprint(y, w) }},
		{"monthly", r.Monthly, func(t time.Time) string { return t.Format("2006-01") }},
	} {
		seen := map[string]bool{}
		for _, b := range full {
			if of := period.of(b.Stopped()); !seen[of] && len(seen) < period.n {
				seen[of] = true
				why.add(b.Label, period.name)
			}
		}
	}
	for i, b := range full {
		if !b.Stopped().After(at.Add(-r.Window)) {
			why.add(b.Label, "the window begins with it")
			return &full[i]
		}
	}
	oldest := &full[len(full)-1]
	why.add(oldest.Label, "the window begins with it")
	return oldest
}

// young keeps what is too young to go: differentials, and what may still
// become good.
func (r Retention) young(past []Backup, at time.Time, why reasons) {
	for _, b := range past {
		switch age := at.Sub(b.Stopped()); {
		case age > r.Diffs:
		case b.Type != Full && b.Good():
			why.add(b.Label, "recent")
		case !b.Good():
			why.add(b.Label, "recent, not complete")
		}
	}
}

// settle turns the reasons into what stays and what goes.
func (p *Plan) settle(all []Backup, why reasons) {
	for _, b := range all {
		if len(why[b.Label]) > 0 {
			p.Keep = append(p.Keep, Kept{b.Label, why[b.Label]})
		}
	}
	for _, b := range slices.Backward(all) {
		if len(why[b.Label]) == 0 && b.Type != Full {
			p.Expire = append(p.Expire, b.Label)
		}
	}
	for _, b := range slices.Backward(all) {
		if len(why[b.Label]) == 0 && b.Type == Full {
			p.Expire = append(p.Expire, b.Label)
		}
	}
}

// hold leaves a repository as it is while another one could not take its place.
func (p *Plan) hold(repo Repository, info Info) {
	if p.Held != "" {
		return
	}
	newest := repo.Newest(Backup.Good)
	for _, other := range info.Repositories {
		if other.Number == repo.Number {
			continue
		}
		theirs := other.Newest(Backup.Good)
		switch {
		case other.Error != "":
			p.Held = fmt.Sprintf("repository %d does not answer: what is here may be all there is", other.Number)
		case theirs == nil:
			p.Held = fmt.Sprintf("repository %d has no good backup: what is here is all there is", other.Number)
		case theirs.Stopped().Before(newest.Stopped().Add(-behind)):
			p.Held = fmt.Sprintf("the newest good backup of repository %d is of %s: it falls behind", other.Number, theirs.Stopped().Format(time.RFC3339))
		}
	}
	if p.Held != "" {
		p.keepAll(sorted(repo.Backups), "held")
	}
}

// behind is how much older the other repository's newest backup may be: one
// full backup a day, and half a day to make up for one that failed.
const behind = 36 * time.Hour

// keepAll is a plan that changes nothing.
func (p *Plan) keepAll(all []Backup, why string) {
	p.Expire, p.Base, p.Keep, p.FilesBefore = []string{}, "", []Kept{}, time.Time{}
	for _, b := range all {
		p.Keep = append(p.Keep, Kept{b.Label, []string{why}})
	}
}

func sorted(list []Backup) []Backup {
	list = slices.Clone(list)
	sort.Slice(list, func(i, j int) bool { return newer(list[i], list[j]) })
	return list
}

// newer orders by the end; of two that ended together the label decides, which
// holds the start.
func newer(a, b Backup) bool {
	if a.Stop != b.Stop {
		return a.Stop > b.Stop
	}
	return a.Label > b.Label
}
