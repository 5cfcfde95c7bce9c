package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cost is what a process takes: percent of a core, memory, and of that what is
// not its program's file.
type cost struct{ cpu, mib, anonymous float64 }

// cost is the medians over a while, without its first seconds.
func (w *watched) cost(b *testing.B, during time.Duration) cost {
	b.Helper()
	const every, ticksASecond = 5 * time.Second, 100
	proc := "/proc/" + docker(b, "inspect", "--format", "{{.State.Pid}}", mark+theAgent)
	ticks := func() float64 {
		text, err := os.ReadFile(proc + "/stat")
		require.NoError(b, err)
		_, after, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(after) // from the third on
		user, err := strconv.ParseFloat(fields[11], 64)
		require.NoError(b, err)
		system, err := strconv.ParseFloat(fields[12], 64)
		require.NoError(b, err)
		return user + system
	}
	memory := func(field string) float64 {
		text, err := os.ReadFile(proc + "/status")
		require.NoError(b, err)
		_, after, _ := strings.Cut(string(text), field+":")
		kib, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
		require.NoError(b, err)
		return kib / 1024
	}
	var cpu, mib, anonymous []float64
	time.Sleep(every)
	for end := time.Now().Add(during - 2*every); time.Now().Before(end); {
		at, before := time.Now(), ticks()
		time.Sleep(every)
		cpu = append(cpu, 100*(ticks()-before)/ticksASecond/time.Since(at).Seconds())
		mib = append(mib, memory("VmRSS"))
		anonymous = append(anonymous, memory("RssAnon"))
	}
	return cost{middle(cpu), middle(mib), middle(anonymous)}
}

// get asks a service for JSON, into may be nil.
func (w *watched) get(name, port, path string, into any) error {
	address, err := w.address(name)
	if err != nil {
		return err
	}
	r, err := (&http.Client{Timeout: 30 * time.Second}).Get("http://" + address + ":" + port + path)
	if err != nil {
		return err
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", path, r.Status, text)
	}
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(text, into)
}

type entry struct {
	at   time.Time
	text string
}

// query are lines of Loki's, in their order.
func (w *watched) query(logQL, direction string, from time.Time, limit int) ([]entry, error) {
	var answer struct {
		Data struct {
			Result []struct{ Values [][2]string }
		}
	}
	q := url.Values{
		"query": {logQL}, "direction": {direction}, "limit": {strconv.Itoa(limit)},
		"start": {strconv.FormatInt(from.UnixNano(), 10)}, "end": {strconv.FormatInt(time.Now().Add(time.Second).UnixNano(), 10)},
	}
	if err := w.get(loki, "3100", "/loki/api/v1/query_range?"+q.Encode(), &answer); err != nil {
		return nil, err
	}
	var all []entry
	for _, stream := range answer.Data.Result {
		for _, v := range stream.Values {
			ns, err := strconv.ParseInt(v[0], 10, 64)
			if err != nil {
				return nil, err
			}
			all = append(all, entry{time.Unix(0, ns), v[1]})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return a.at.Compare(b.at) })
	return all, nil
}

// delays are how long each line of a probe took from Docker's time of it to a
// query's answer, in their order. Queries follow each other every 100 ms.
func (w *watched) delays(b *testing.B, l batch) <-chan []time.Duration {
	b.Helper()
	done := make(chan []time.Duration, 1)
	began := time.Now()
	go func() {
		seen := map[string]time.Duration{}
		for time.Since(began) < l.during+20*time.Second && len(seen) < l.lines() {
			entries, err := w.query(`{role="`+l.role+`"}`, "backward", latest(began, time.Now().Add(-time.Minute)), 100)
			now := time.Now()
			for _, e := range entries {
				if _, known := seen[e.text]; err == nil && !known {
					seen[e.text] = now.Sub(e.at)
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		var all []time.Duration
		for _, d := range seen {
			all = append(all, d)
		}
		slices.Sort(all)
		done <- all
	}()
	return done
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// number is one that a query of Prometheus or Loki answers; none is an error.
func (w *watched) number(name, path, query string) (float64, error) {
	port := "9090"
	if name == loki {
		port = "3100"
	}
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if err := w.get(name, port, path+"?query="+url.QueryEscape(query), &answer); err != nil {
		return 0, err
	}
	if len(answer.Data.Result) != 1 {
		return 0, fmt.Errorf("%s: %d results", query, len(answer.Data.Result))
	}
	return strconv.ParseFloat(fmt.Sprint(answer.Data.Result[0].Value[1]), 64)
}

// arrived waits until as many lines as a batch has are found in the time since
// its container was started.
func (w *watched) arrived(b *testing.B, l batch, patience time.Duration) {
	b.Helper()
	began, err := time.Parse(time.RFC3339Nano, docker(b, "inspect", "--format", "{{.State.StartedAt}}", mark+l.name))
	require.NoError(b, err)
	var found float64
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Second) {
		n, err := w.number(loki, "/loki/api/v1/query", fmt.Sprintf(`sum(count_over_time({role=%q}[%dms]))`, l.role, time.Since(began).Milliseconds()))
		if err == nil {
			found = n
		}
		if found >= float64(l.lines()) {
			return
		}
	}
	b.Errorf("of %d lines of %s %.0f arrived within %s", l.lines(), l.name, found, patience)
}

// numbers are how many of the lines' numbers are found, and how often one more
// than once.
func (w *watched) numbers(b *testing.B, batches ...batch) (found, twice int) {
	b.Helper()
	const page = 5000
	seen := map[int]time.Time{}
	for from, last := time.Now().Add(-time.Hour), page; last == page; {
		entries, err := w.query(`{role="odoo"}`, "forward", from, page)
		require.NoError(b, err)
		for _, e := range entries {
			n, err := strconv.Atoi(strings.Fields(e.text)[2])
			require.NoError(b, err, e.text)
			// The last of a page is the first of the next.
			if at, known := seen[n]; known && !at.Equal(e.at) {
				twice++
			}
			seen[n], from = e.at, e.at
		}
		last = len(entries)
	}
	for _, l := range batches {
		for n := l.first; n < l.first+l.lines(); n++ {
			if _, ok := seen[n]; ok {
				found++
			}
		}
	}
	return found, twice
}

func (w *watched) siteIsUp() bool {
	up, err := w.number(prometheus, "/api/v1/query", `min(httpcheck_status{http_status_class="2xx"})`)
	return err == nil && up == 1
}

// buffer is the most that the agent's buffers took on disk until a time.
func (w *watched) buffer(b *testing.B, until time.Time) (most int64) {
	b.Helper()
	for time.Now().Before(until) {
		most = max(most, bytesIn(filepath.Join(w.dir, "data/production/agent")))
		time.Sleep(time.Second)
	}
	return most
}

// bytesIn is the size of a directory's files. They come and go.
func bytesIn(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return err
	})
	return total
}
