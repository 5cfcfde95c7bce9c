package backup

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) // a Sunday

const day = 24 * time.Hour

// full is a good one that ended at a time.
func full(at time.Time) Backup {
	return Backup{Label: at.UTC().Format("20060102-150405") + "F", Type: Full, Start: at.Unix(), Stop: at.Unix(), Complete: true}
}

func diff(of Backup, at time.Time) Backup {
	b := full(at)
	b.Type, b.Label = Diff, of.Label+"_"+at.UTC().Format("20060102-150405")+"D"
	return b
}

// daily are full backups at 03:00 of the last n days.
func daily(n int, now time.Time) []Backup {
	var list []Backup
	for i := n - 1; i >= 0; i-- {
		list = append(list, full(now.Truncate(day).Add(3*time.Hour-time.Duration(i)*day)))
	}
	return list
}

// one is a plan of a repository that is the only one.
func one(t *testing.T, now time.Time, list ...Backup) Plan {
	t.Helper()
	plans := Default.Choose(Info{Repositories: []Repository{{Number: 1, Backups: list}}}, now)
	require.Len(t, plans, 1)
	return plans[0]
}

func (p Plan) keeps(label string) bool {
	return slices.ContainsFunc(p.Keep, func(k Kept) bool { return k.Label == label })
}

func TestSevenDaysFourWeeksThreeMonthsStay(t *testing.T) {
	p := one(t, noon, daily(120, noon)...)
	var kept []string
	for _, k := range p.Keep {
		kept = append(kept, k.Label[:8])
	}
	assert.Equal(t, []string{
		"20261122", "20261121", "20261120", "20261119", "20261118", "20261117", "20261116", // days
		"20261115", // a week's last; weeks begin on Monday
		"20261108", // a week's last, and what the window begins with
		"20261101", // a week's last
		"20261031", // October's last
		"20260930", // September's last
	}, kept)
	assert.Len(t, p.Expire, 120-len(p.Keep))
	assert.True(t, slices.IsSorted(p.Expire), "oldest first")
	assert.Equal(t, "2026-11-08T03:00:00Z", p.From.Format(time.RFC3339))
	assert.Equal(t, "20261108-030000F", p.Base, "the one that the window begins with")
}

func TestADayWithSeveralFullBackupsKeepsTheLast(t *testing.T) {
	list := daily(3, noon)
	early, late := full(noon.Add(-25*time.Hour)), full(noon.Add(-24*time.Hour))
	p := one(t, noon, append(list, early, late)...)
	assert.True(t, p.keeps(late.Label))
	assert.Contains(t, p.Expire, early.Label)
	assert.Contains(t, p.Expire, list[1].Label)
	assert.True(t, p.keeps(list[0].Label), "the window begins with it")
}

func TestDaysWithoutABackupPushNoneOut(t *testing.T) {
	var list []Backup
	for i := range 7 {
		list = append(list, full(noon.Add(-time.Duration(40*i)*day)))
	}
	p := one(t, noon, list...)
	assert.Empty(t, p.Expire, "seven days have one")
}

func TestADifferentialGoesAfterTwoDaysAndNeedsItsFull(t *testing.T) {
	base := full(noon.Add(-day - time.Hour))
	young, old := diff(base, noon.Add(-47*time.Hour)), diff(base, noon.Add(-50*time.Hour))
	later := full(noon.Add(-time.Hour))
	p := one(t, noon, base, old, young, later)
	assert.Equal(t, []string{old.Label}, p.Expire)

	// Of a day whose full one no period keeps.
	p = one(t, noon, base, diff(base, noon.Add(-20*time.Hour)), full(noon.Add(-13*time.Hour)), later)
	assert.True(t, p.keeps(base.Label), "a differential depends on it")
}

func TestWhatIsExpiredHasNoDependentThatIsKept(t *testing.T) {
	for hours := range 24 {
		p := one(t, noon, hourly(40, noon.Add(time.Duration(hours)*time.Hour))...)
		for _, k := range p.Keep {
			assert.NotContains(t, p.Expire, Backup{Label: k.Label}.root())
		}
	}
}

// hourly are full backups a day with differentials in between.
func hourly(days int, now time.Time) []Backup {
	var list []Backup
	for _, f := range daily(days, now) {
		list = append(list, f)
		for h := 1; h < 24; h++ {
			if at := f.Stopped().Add(time.Duration(h) * time.Hour); at.Before(now) {
				list = append(list, diff(f, at))
			}
		}
	}
	return list
}

func TestTheLastGoodBackupStaysHoweverOldItIs(t *testing.T) {
	good := full(noon.Add(-400 * day))
	broken := full(noon.Add(-time.Hour))
	broken.Complete = false
	damaged := full(noon.Add(-2 * time.Hour))
	damaged.Error = true
	p := one(t, noon, good, broken, damaged)
	assert.True(t, p.keeps(good.Label))
	assert.Empty(t, p.Expire)
}

func TestWithoutAGoodBackupNothingGoes(t *testing.T) {
	var list []Backup
	for _, b := range daily(100, noon) {
		b.Complete = false
		list = append(list, b)
	}
	p := one(t, noon, list...)
	assert.Empty(t, p.Expire)
	assert.Contains(t, p.Held, "no good backup")
	assert.Empty(t, p.Base)
	assert.True(t, p.FilesBefore.IsZero())
}

func TestABackupThatIsNotCompleteTakesNoPlaceAndGoesWhenItIsOld(t *testing.T) {
	list := daily(30, noon)
	fresh, stale := full(noon.Add(-time.Hour)), full(noon.Add(-3*day))
	fresh.Complete, stale.Complete = false, false
	p := one(t, noon, append(list, fresh, stale)...)
	assert.True(t, p.keeps(fresh.Label), "its files may be on their way")
	assert.Contains(t, p.Expire, stale.Label)
	assert.True(t, p.keeps(list[29-6].Label), "still seven good days")
}

func TestWhenBackupsStoppedTimeStandsStill(t *testing.T) {
	list := hourly(60, noon)
	before := one(t, noon, list...)
	after := one(t, noon.Add(90*day), list...)
	assert.Equal(t, before, after, "nothing more goes while nothing new comes")
	assert.Equal(t, before, one(t, noon.Add(10*365*day), list...), "nor when our clock is wrong")
}

func TestABackupFromTheFutureIsNeitherTrustedNorTakenAway(t *testing.T) {
	list := daily(60, noon)
	wrong := full(noon.Add(5 * 365 * day))
	with, without := one(t, noon, append(list, wrong)...), one(t, noon, list...)
	assert.Equal(t, without.Expire, with.Expire)
	assert.True(t, with.keeps(wrong.Label))
	assert.Len(t, with.Warnings, 1)
	assert.Equal(t, without.Base, with.Base)

	hasty := diff(list[30], noon.Add(365*day))
	p := one(t, noon, append(list, hasty)...)
	assert.True(t, p.keeps(hasty.Label))
	assert.True(t, p.keeps(hasty.root()), "with the full one goes what depends on it")

	// Our own clock is behind: all are from the future, and stay.
	behind := one(t, noon.Add(-365*day), list...)
	assert.Empty(t, behind.Expire)
}

func TestABackupOfThisMinuteIsNotFromTheFuture(t *testing.T) {
	b := full(noon.Add(5 * time.Minute))
	p := one(t, noon, append(daily(3, noon), b)...)
	assert.Empty(t, p.Warnings)
	assert.Equal(t, []string{"newest", "newest full", "daily", "weekly", "monthly"}, p.Keep[0].Why)
}

func TestNothingGoesWhereTheOtherRepositoryCouldNotTakeItsPlace(t *testing.T) {
	list := hourly(60, noon)
	plan := func(other Repository) Plan {
		other.Number = 2
		return Default.Choose(Info{Repositories: []Repository{{Number: 1, Backups: list}, other}}, noon)[0]
	}
	assert.NotEmpty(t, plan(Repository{Backups: list}).Expire)
	assert.NotEmpty(t, plan(Repository{Backups: list[:len(list)-30]}).Expire, "one full backup may be missing")
	incomplete := slices.Clone(list)
	for i := range incomplete {
		incomplete[i].Complete = false
	}
	for name, other := range map[string]Repository{
		"silent":     {Error: "no route"},
		"empty":      {},
		"incomplete": {Backups: incomplete},
		"stale":      {Backups: hourly(60, noon.Add(-3*day))},
	} {
		p := plan(other)
		assert.Empty(t, p.Expire, name)
		assert.Empty(t, p.Base, name)
		assert.True(t, p.FilesBefore.IsZero(), name)
		assert.Contains(t, p.Held, "repository 2", name)
		assert.Len(t, p.Keep, len(list), name)
	}
}

func TestARepositoryThatDoesNotAnswerIsLeftAlone(t *testing.T) {
	p := Default.Choose(Info{Repositories: []Repository{{Number: 2, Error: "no route"}}}, noon)[0]
	assert.Contains(t, p.Held, "no route")
	assert.Empty(t, p.Expire)
}

// TestEveryPointOfTheWindowCanBeRestoredOnEveryDay lives through 200 days with
// a full backup a day that sometimes fails, expiring every day.
func TestEveryPointOfTheWindowCanBeRestoredOnEveryDay(t *testing.T) {
	start := noon.Truncate(day).Add(3 * time.Hour)
	var list []Backup
	wal := start // all WAL since then is there
	for d := range 200 {
		now := start.Add(time.Duration(d) * day)
		if failed := d%9 == 4 || d > 60 && d < 80; !failed {
			f := full(now)
			f.Complete = d%11 != 5
			list = append(list, f, diff(f, now.Add(6*time.Hour)), diff(f, now.Add(12*time.Hour)))
		}
		now = now.Add(13 * time.Hour)
		p := one(t, now, list...)
		list = slices.DeleteFunc(list, func(b Backup) bool { return slices.Contains(p.Expire, b.Label) })
		if i := slices.IndexFunc(list, func(b Backup) bool { return b.Label == p.Base }); i >= 0 {
			if kept := list[i].Stopped(); kept.After(wal) {
				wal = kept
			}
		}
		want := now.Add(-Default.Window)
		if want.Before(start) {
			want = start
		}
		require.False(t, p.From.After(want), "day %d: points since %s are promised, from %s on they can be had", d, want, p.From)
		require.False(t, wal.After(*p.From), "day %d: WAL is there since %s only", d, wal)
		require.True(t, p.FilesBefore.Before(*p.From), "day %d", d)
		require.LessOrEqual(t, len(list), 7+4+3+3+9, "day %d", d)
	}
	months := map[string]bool{}
	for _, b := range list {
		if b.Type == Full {
			months[b.Stopped().Format("2006-01")] = true
		}
	}
	assert.GreaterOrEqual(t, len(months), 3)
}
