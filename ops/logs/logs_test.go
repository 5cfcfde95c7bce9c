package logs

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/watch/watchtest"
)

// odoo is a line of a stack's Odoo.
func odoo(stack string, at int64, text string) entry {
	return entry{at: at, labels: map[string]string{"stack": stack, "role": "odoo", "source": "container", "host": "h"}, text: text}
}

// crowd are 5,000 lines of the last minutes, 200 of them of one moment, and the
// texts in their order.
func crowd(stack string, now time.Time) (entries []entry, texts []string) {
	begin := now.Add(-5 * time.Minute).UnixNano()
	for i := range 5000 {
		at := begin + int64(i)*int64(time.Millisecond)
		if i >= 1900 && i < 2100 { // across the border of pages of 2,000
			at = begin + 1900*int64(time.Millisecond)
		}
		text := fmt.Sprintf("line %04d", i)
		entries, texts = append(entries, odoo(stack, at, text)), append(texts, text)
	}
	return entries, texts
}

func read(t *testing.T, l loki, o Options) ([]string, Found) {
	t.Helper()
	var texts []string
	var last time.Time
	found, err := Read(t.Context(), watchtest.Host(t, l.address()), o, func(l Line) error {
		assert.False(t, l.Time.Before(last), "%s: %s after %s", l.Text, l.Time, last)
		last = l.Time
		texts = append(texts, l.Text)
		return nil
	}, func(s string) { t.Log(s) })
	require.NoError(t, err)
	require.Equal(t, len(texts), found.Lines)
	return texts, found
}

func TestAllLinesComeOnceAndInOrderOverPages(t *testing.T) {
	for name, l := range lokis(t) {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			entries, want := crowd("production", now)
			l.push(t, entries...)
			l.push(t, odoo("staging", now.UnixNano(), "of another stack"))
			o := Options{Query: Query{Stack: "production"}, Since: now.Add(-time.Hour), Page: 2000}
			sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) }
			if name == "stand-in" { // which looks at no labels
				o.Until = now
			}

			all, found := read(t, l, o)
			assert.Equal(t, want, sorted(all))
			assert.False(t, found.Older)

			for _, limit := range []int{5000, 5001, 100000} {
				o.Limit = limit
				all, found = read(t, l, o)
				assert.Equal(t, want, sorted(all), "newest %d", limit)
				assert.False(t, found.Older)
			}
			// Their order within one moment is Loki's, so a limit may cut it anywhere.
			for _, limit := range []int{1, 1000, 2950, 3000, 3099, 3100, 4999} {
				o.Limit = limit
				some, found := read(t, l, o)
				assert.Len(t, slices.Compact(sorted(some)), limit)
				assert.True(t, found.Older)
				if limit <= 2900 || limit >= 3100 {
					assert.Equal(t, want[5000-limit:], sorted(some), "newest %d", limit)
				}
			}
			// Pages that are smaller than a moment.
			o.Limit, o.Page = 0, 50
			o.Since, o.Until = time.Unix(0, entries[1850].at), time.Unix(0, entries[2150].at)
			all, _ = read(t, l, o)
			assert.Equal(t, want[1850:2150], sorted(all))
			o.Limit = 10000
			all, _ = read(t, l, o)
			assert.Equal(t, want[1850:2150], sorted(all))
		})
	}
}

func TestAMomentWithMoreLinesThanLokiTellsIsSaid(t *testing.T) {
	l := newFake(t)
	now := time.Now().Add(-time.Minute)
	entries := []entry{odoo("a", now.UnixNano()-1, "before"), odoo("a", now.UnixNano()+1, "after")}
	for i := range 6000 {
		entries = append(entries, odoo("a", now.UnixNano(), fmt.Sprint(i)))
	}
	l.push(t, entries...)
	for _, limit := range []int{0, 100000} {
		var said []string
		var texts []string
		_, err := Read(t.Context(), watchtest.Host(t, l.address()), Options{Query: Query{Stack: "a"}, Since: now.Add(-time.Hour), Limit: limit},
			func(l Line) error { texts = append(texts, l.Text); return nil }, func(s string) { said = append(said, s) })
		require.NoError(t, err)
		require.Len(t, texts, 5002)
		assert.Equal(t, "before", texts[0])
		assert.Equal(t, "after", texts[5001])
		require.Len(t, said, 1)
		assert.Contains(t, said[0], "left out")
	}
}

// follower reads in the background.
type follower struct {
	mu    sync.Mutex
	texts []string
	said  []string
	end   func() error
}

func follow(t *testing.T, l loki, o Options) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &follower{}
	ended := make(chan error, 1)
	o.Follow = true
	go func() {
		_, err := Read(ctx, watchtest.Host(t, l.address()), o, func(l Line) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.texts = append(f.texts, l.Text)
			return nil
		}, func(s string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.said = append(f.said, s)
		})
		ended <- err
	}()
	f.end = func() error {
		cancel()
		return <-ended
	}
	return f
}

func (f *follower) eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		f.mu.Lock()
		ok := is()
		f.mu.Unlock()
		if ok {
			return
		}
		require.True(t, time.Now().Before(end), "%s; lines %q, said %q", what, f.texts, f.said)
	}
}

func TestAFollowerSeesEachLineOnceAlsoWhenItComesLate(t *testing.T) {
	for name, l := range lokis(t) {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			l.push(t, odoo("production", now.Add(-2*time.Minute).UnixNano(), "before"), odoo("production", now.Add(-time.Second).UnixNano(), "line 000"))
			f := follow(t, l, Options{Query: Query{Stack: "production"}, Since: now.Add(-time.Minute), Limit: 1000, Poll: 100 * time.Millisecond})
			want := []string{"line 000"}
			for i := 1; i <= 30; i++ {
				text := fmt.Sprintf("line %03d", i)
				want = append(want, text)
				// Every third is of some seconds ago, as if its host were slow.
				at := time.Now().Add(-time.Duration(i%3) * 2 * time.Second)
				l.push(t, odoo("production", at.UnixNano(), text))
				time.Sleep(70 * time.Millisecond)
			}
			f.eventually(t, "all lines", func() bool { return len(f.texts) >= len(want) })
			time.Sleep(500 * time.Millisecond)
			require.NoError(t, f.end())
			assert.Equal(t, want, slices.Sorted(slices.Values(f.texts)))
		})
	}
}

func TestAFollowerThatBeganWithFewLinesShowsNoOlderOnesLater(t *testing.T) {
	l := newFake(t)
	now := time.Now()
	for i := range 100 {
		l.push(t, odoo("a", now.Add(-time.Duration(100-i)*10*time.Millisecond).UnixNano(), fmt.Sprintf("%03d", i)))
	}
	f := follow(t, l, Options{Query: Query{Stack: "a"}, Since: now.Add(-time.Minute), Limit: 3, Poll: 50 * time.Millisecond})
	f.eventually(t, "the newest", func() bool { return len(f.texts) == 3 })
	l.push(t, odoo("a", time.Now().UnixNano(), "100"))
	f.eventually(t, "what came", func() bool { return len(f.texts) == 4 })
	require.NoError(t, f.end())
	assert.Equal(t, []string{"097", "098", "099", "100"}, f.texts)
}

func TestAFollowerWaitsForLokiAndMissesNothing(t *testing.T) {
	l := newFake(t)
	now := time.Now()
	l.push(t, odoo("a", now.Add(-time.Second).UnixNano(), "0"))
	f := follow(t, l, Options{Query: Query{Stack: "a"}, Since: now.Add(-time.Minute), Limit: 100, Poll: 50 * time.Millisecond})
	f.eventually(t, "the first", func() bool { return len(f.texts) == 1 })
	down := func(is bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.down = is
	}
	down(true)
	f.eventually(t, "that it waits", func() bool { return len(f.said) == 1 })
	l.push(t, odoo("a", time.Now().UnixNano(), "1"))
	time.Sleep(300 * time.Millisecond)
	down(false)
	f.eventually(t, "the line of the outage", func() bool { return len(f.texts) == 2 })
	require.NoError(t, f.end())
	assert.Equal(t, []string{"0", "1"}, f.texts)
	require.Len(t, f.said, 2, "once each: %q", f.said)
	assert.Contains(t, f.said[0], "503: Ingester not ready; waiting")
	assert.Equal(t, "it answers again", f.said[1])
}

// TestFiltersFindWhatTheyName asks the real Loki: the stand-in knows no LogQL.
func TestFiltersFindWhatTheyName(t *testing.T) {
	l, ok := lokis(t)["loki"]
	if !ok {
		t.Skip("ODOOOPS_TEST_LOKI names no Loki")
	}
	now := time.Now().Add(-time.Minute)
	var entries []entry
	add := func(role, level, pr, text string) {
		e := odoo("production", now.Add(time.Duration(len(entries))*time.Millisecond).UnixNano(), text)
		e.labels["role"], e.fields = role, map[string]string{}
		if level != "" {
			e.fields["level"] = level
		}
		if pr != "" {
			e.labels["stack"], e.fields["pr"] = "previews", pr
		}
		entries = append(entries, e)
	}
	hard := `say "}|= ` + "`{a=\"b\"}`" + ` \d $1 'x' é {{.x}} %s`
	add("odoo", "info", "", hard)
	add("odoo", "warning", "", `say "}`)
	add("odoo-init", "error", "", "two\nlines")
	add("postgres", "critical", "", "12 errors")
	add("postgres", "", "", "no level")
	add("sshd", "info", "", "Accepted publickey")
	add("odoo", "info", "7", "of seven")
	add("odoo", "info", "77", "of seventy-seven")
	l.push(t, entries...)
	for _, c := range []struct {
		q    Query
		want []string
	}{
		{Query{Grep: hard}, []string{hard}},
		{Query{Grep: `say "}`}, []string{hard, `say "}`}},
		{Query{Grep: "o\nl"}, []string{"two\nlines"}},
		{Query{Grep: `/^\d+ err/`}, []string{"12 errors"}},
		{Query{Grep: `/"}\|= .\{a="b"\}/`}, []string{hard}},
		{Query{Grep: "SAY"}, nil},
		{Query{Grep: "/(?i)SAY/"}, []string{hard, `say "}`}},
		{Query{Level: "error"}, []string{"two\nlines", "12 errors"}},
		{Query{Level: "debug", Sources: []string{"postgres"}}, []string{"12 errors", "no level"}},
		{Query{Sources: []string{"odoo"}}, []string{hard, `say "}`, "two\nlines"}},
		{Query{Sources: []string{"journal"}}, []string{"Accepted publickey"}},
		{Query{Stack: "preview-pr-7"}, []string{"of seven"}},
		{Query{Stack: "preview-pr-77", Sources: []string{"odoo"}, Level: "info", Grep: "of"}, []string{"of seventy-seven"}},
		{Query{Stack: "staging"}, nil},
	} {
		if c.q.Stack == "" {
			c.q.Stack = "production"
		}
		got, _ := read(t, l, Options{Query: c.q, Since: now.Add(-time.Hour), Limit: 100})
		assert.Equal(t, c.want, got, "%+v", c.q)
	}
}

func TestALineHasItsLabelsAndFields(t *testing.T) {
	l := newFake(t)
	at := time.Now().Add(-time.Minute)
	e := odoo("previews", at.UnixNano(), "GET /web/login\n")
	e.fields = map[string]string{"level": "info", "pr": "7", "route": "/web/login", "status": "200", "detected_level": "unknown"}
	l.push(t, e)
	var lines []Line
	_, err := Read(t.Context(), watchtest.Host(t, l.address()), Options{Query: Query{Stack: "preview-pr-7"}, Since: at.Add(-time.Minute), Limit: 10},
		func(l Line) error { lines = append(lines, l); return nil }, nil)
	require.NoError(t, err)
	assert.Equal(t, []Line{{
		Time: time.Unix(0, at.UnixNano()).UTC(), Stack: "preview-pr-7", Role: "odoo", Source: "container", Host: "h", Level: "info",
		Text: "GET /web/login", Fields: map[string]string{"pr": "7", "route": "/web/login", "status": "200"},
	}}, lines)
}

func TestErrorsSayWhatIsAway(t *testing.T) {
	ask := func(address string) error {
		_, err := Read(t.Context(), watchtest.Host(t, address), Options{Query: Query{Stack: "a"}, Since: time.Now().Add(-time.Hour), Limit: 1},
			func(Line) error { return nil }, nil)
		return err
	}
	for address, want := range map[string]string{
		"":                  "there is no container platform-loki on the host",
		watchtest.Address(): "Loki does not answer: [Errno 111] Connection refused; look at docker logs platform-loki on the host",
	} {
		err := ask(address)
		assert.Equal(t, 1, fault.ExitCode(err))
		assert.ErrorContains(t, err, want)
		assert.ErrorContains(t, err, "logs of a: ")
		assert.ErrorContains(t, err, "odooops status")
	}
}
