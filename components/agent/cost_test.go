package agent_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestALineCostsLittleProcessorTime(t *testing.T) {
	for role, text := range map[string]string{
		"odoo": stamp + `INFO odoo werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "POST /web/dataset/call_kw/res.partner/web_search_read#res.partner.web_search_read HTTP/1.1" 200 - %d 0.004 0.100`,
		"mail": "line %d that says something which is no request and is of no use to anybody, as most lines of a storm are, and so it goes on and on and on",
	} {
		t.Run(role, func(t *testing.T) { lineCosts(t, role, text) })
	}
}

func lineCosts(t *testing.T, role, text string) {
	h := newHost(t)
	const n = 20_000
	c := h.container(t, strings.Repeat("a", 64), "production", "production", role)
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf(text, i)
	}
	c.say(t, texts...)
	h.start(t, logs...)
	lines := h.receiver.seen(t, n)
	require.Len(t, lines, n)
	p := h.process
	require.NoError(t, p.Process.Kill())
	_ = p.Wait()
	h.process = nil
	// Its own start is in it.
	cost := (p.ProcessState.UserTime() + p.ProcessState.SystemTime()) / n
	t.Logf("%s of processor time a line: %.1f %% of a core at 200 lines a second", cost, 200*100*cost.Seconds())
	assert.Less(t, cost, 500*time.Microsecond)
}

// At 200 lines a second most of it is what goes on anyway: looking for files,
// small batches, the metrics. Its intervals are the real ones.
func TestTheAgentCostsLittleAtTwoHundredLinesASecond(t *testing.T) {
	h := newHost(t)
	h.real = true
	for i := range 10 {
		h.container(t, fmt.Sprintf("%x", i)+strings.Repeat("b", 63), "production", "production", "other").say(t, "started")
	}
	odoo := h.container(t, strings.Repeat("a", 64), "production", "production", "odoo")
	h.start(t, append(logs, "host")...)
	h.receiver.seen(t, 10)

	const seconds = 20
	began, before := time.Now(), used(t, h)
	for i := range seconds * 20 {
		time.Sleep(time.Until(began.Add(time.Duration(i) * 50 * time.Millisecond)))
		texts := make([]string, 10)
		for j := range texts {
			texts[j] = fmt.Sprintf(stamp+`INFO odoo werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "POST /web/dataset/call_kw/res.partner/web_search_read#res.partner.web_search_read HTTP/1.1" 200 - %d 0.004 0.100`, i*10+j)
		}
		odoo.say(t, texts...)
	}
	cost := (used(t, h) - before).Seconds() / time.Since(began).Seconds()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.process.Process.Pid))
	require.NoError(t, err)
	_, memory, _ := strings.Cut(string(status), "VmRSS:")
	memory, _, _ = strings.Cut(memory, "\n")
	t.Logf("%.1f %% of a core, %s of memory", 100*cost, strings.TrimSpace(memory))
	assert.Less(t, cost, 0.10)
	assert.Len(t, h.receiver.seen(t, seconds*200+10), seconds*200+10)
}

// used is the processor time that the collector has had.
func used(t *testing.T, h *host) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.process.Process.Pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(stat), ") ")
	var ticks int
	for _, field := range strings.Fields(rest)[11:13] { // utime, stime
		n, err := strconv.Atoi(field)
		require.NoError(t, err)
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}
