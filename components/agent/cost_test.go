package agent_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestALineCostsLittleProcessorTime(t *testing.T) {
	h := newHost(t)
	const n = 20_000
	odoo := h.container(t, strings.Repeat("a", 64), "production", "production", "odoo")
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf(stamp+`INFO odoo werkzeug: 10.1.2.3 - - [22/Nov/2026 08:00:00] "POST /web/dataset/call_kw/res.partner/web_search_read#res.partner.web_search_read HTTP/1.1" 200 - %d 0.004 0.100`, i)
	}
	odoo.say(t, texts...)
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
