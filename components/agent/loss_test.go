package agent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// counted counts the lines by the number they end in.
func counted(lines []line, prefix string) map[string]int {
	seen := map[string]int{}
	for _, l := range lines {
		if i := strings.Index(l.body, prefix); i >= 0 {
			seen[l.body[i:]]++
		}
	}
	return seen
}

func TestNoLineIsLostWhileTheOtherSideIsDownAndTheAgentIsKilled(t *testing.T) {
	h := newHost(t)
	odoo := h.container(t, strings.Repeat("a", 64), "production", "production", "odoo")
	mail := h.container(t, strings.Repeat("b", 64), "production", "production", "mail")
	h.start(t, logs...)
	n := 0
	write := func(seconds float64) {
		for end := time.Now().Add(time.Duration(seconds * float64(time.Second))); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			for range 5 {
				n++
				odoo.say(t, fmt.Sprintf(stamp+"INFO odoo x: odoo-%06d", n))
				mail.say(t, fmt.Sprintf("mail-%06d", n))
			}
		}
	}
	write(3)
	h.receiver.down()
	for range 4 {
		write(2)
		h.kill()
		write(0.7)
		h.start(t, logs...)
	}
	write(1)
	h.receiver.up(t)
	for range 3 {
		write(1.3)
		h.kill()
		h.start(t, logs...)
	}
	write(1)
	// Some come twice, so that their number says nothing.
	lines := h.receiver.now()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(time.Second) {
		if lines = h.receiver.now(); len(counted(lines, "odoo-"))+len(counted(lines, "mail-")) == 2*n {
			break
		}
	}
	for _, prefix := range []string{"odoo-", "mail-"} {
		seen := counted(lines, prefix)
		var missing []string
		doubled := 0
		for i := 1; i <= n; i++ {
			switch k := seen[fmt.Sprintf("%s%06d", prefix, i)]; {
			case k == 0:
				missing = append(missing, fmt.Sprint(i))
			case k > 1:
				doubled++
			}
		}
		assert.Empty(t, missing, "%s: of %d", prefix, n)
		t.Logf("%s: %d lines, %d of them twice", prefix, n, doubled)
	}
}

func TestAStormOfOneContainerLetsTheOthersThroughAndFillsNoDisk(t *testing.T) {
	h := newHost(t)
	h.receiver.few = true
	storm := h.container(t, strings.Repeat("a", 64), "production", "production", "mail")
	quiet := h.container(t, strings.Repeat("b", 64), "production", "production", "odoo")
	h.start(t, logs...)
	stop, stopped := make(chan struct{}), make(chan int)
	go func() { // as Docker does it: 10 MB a file, five files
		n := 0
		batch := make([]string, 500)
		for {
			select {
			case <-stop:
				stopped <- n
				return
			default:
			}
			for i := range batch {
				n++
				batch[i] = fmt.Sprintf("storm-%08d %s", n, strings.Repeat("x", 100))
			}
			storm.say(t, batch...)
			if info, err := storm.file.Stat(); err == nil && info.Size() > 10<<20 {
				storm.rotate(t)
			}
			time.Sleep(20 * time.Millisecond) // up to 25,000 lines a second
		}
	}()
	var delays []time.Duration
	for i := range 5 {
		text := fmt.Sprintf("quiet-%06d", i)
		quiet.say(t, stamp+"INFO odoo x: "+text)
		at := time.Now()
		for len(counted(h.receiver.now(), text)) == 0 && time.Since(at) < 60*time.Second {
			time.Sleep(100 * time.Millisecond)
		}
		delays = append(delays, time.Since(at))
	}
	close(stop)
	t.Logf("%d lines of storm, %d of them arrived; the other's took %s", <-stopped, h.receiver.storm, delays)
	for _, d := range delays {
		assert.Less(t, d, 30*time.Second)
	}
	assert.Less(t, size(t, filepath.Join(h.dir, "buffers")), int64(160<<20))
}

func TestWhileTheOtherSideIsAwayTheBufferIsBoundedAndTheFilesWait(t *testing.T) {
	h := newHost(t)
	h.receiver.few = true
	h.receiver.down()
	c := h.container(t, strings.Repeat("a", 64), "production", "production", "mail")
	h.start(t, logs...)
	const n = 300_000 // 100 MB as they lie in files, more than the buffer takes
	batch := make([]string, 1000)
	for i := range n / len(batch) {
		for j := range batch {
			batch[j] = fmt.Sprintf("storm-%08d %s", i*len(batch)+j, strings.Repeat("x", 150))
		}
		c.say(t, batch...)
	}
	var most int64
	for range 40 {
		most = max(most, size(t, filepath.Join(h.dir, "buffers")))
		time.Sleep(500 * time.Millisecond)
	}
	t.Logf("the buffer took at most %d MB", most>>20)
	assert.Less(t, most, int64(160<<20))
	h.receiver.up(t)
	arrived := func() int {
		h.receiver.mu.Lock()
		defer h.receiver.mu.Unlock()
		return h.receiver.storm
	}
	require.Eventually(t, func() bool { return arrived() >= n }, 3*time.Minute, time.Second)
	assert.Equal(t, n, arrived(), "none is lost, and none comes twice")
}

// now are the lines that have arrived.
func (r *receiver) now() []line {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]line(nil), r.lines...)
}

// rotate renames the files as Docker does.
func (c *container) rotate(t *testing.T) {
	name := c.file.Name()
	_ = c.file.Close()
	for i := 4; i > 1; i-- {
		_ = os.Rename(fmt.Sprintf("%s.%d", name, i-1), fmt.Sprintf("%s.%d", name, i))
	}
	assert.NoError(t, os.Rename(name, name+".1"))
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	assert.NoError(t, err)
	c.file = f
}

func size(t *testing.T, dir string) (total int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
	}
	return total
}
