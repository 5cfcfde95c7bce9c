package bench

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
)

// The load that a day's bytes are stated for: fifty people who ask for
// something every ten seconds for eight hours, and health checks around the
// clock. Odoo and the edge write a line each.
const (
	requestsADay = 50*8*3600/10 + 6_000
	probesASite  = 200 * time.Second // from an outage to its end being told
)

// batch is a container that writes lines, and for how long.
type batch struct {
	name, role, kind string
	rate             float64
	during           time.Duration
	first            int
}

func (l batch) lines() int { return int(l.rate * l.during.Seconds()) }

// BenchmarkTelemetry: what the agent costs, how late lines and alerts are, that
// an outage of Loki loses none, and what a production's day takes. The images
// and their configuration are those of the stacks, in containers of this
// computer. BENCH_OUTAGE (10m) is how long Loki is away; with it a run takes
// about 18 minutes.
func BenchmarkTelemetry(b *testing.B) {
	outage := 10 * time.Minute
	if v := os.Getenv("BENCH_OUTAGE"); v != "" {
		var err error
		outage, err = time.ParseDuration(v)
		require.NoError(b, err, "BENCH_OUTAGE is a duration, such as 10m")
	}
	slow := batch{"lines-200", "odoo", "odoo", 200, 100 * time.Second, 1}
	fast := batch{"lines-2000", "odoo", "odoo", 2000, 70 * time.Second, 1_000_000}
	sized := []batch{
		{"size-odoo", "odoo", "odoo", 400, 15 * time.Second, 3_000_000},
		{"size-edge", "edge", "edge", 400, 15 * time.Second, 1},
	}
	during := batch{"lines-outage", "odoo", "odoo", 200, outage + 20*time.Second, 2_000_000}
	probes := []batch{
		{"probe-200", "mail", "probe", 1, slow.during, 1},
		{"probe-2000", "mail", "probe", 1, fast.during, 1001},
	}
	f := &figures{}
	b.Cleanup(f.print)
	f.add("this computer", "%d processors, load %s as it began", runtime.NumCPU(), loadAverage())
	w := newWatched(b, slices.Concat(probes, sized, []batch{slow, fast, during})...)
	b.ReportMetric(0, "ns/op")

	idle := w.cost(b, 30*time.Second)
	f.add("agent at rest", "%.1f %% of a core, %.0f MiB", idle.cpu, idle.mib)
	for i, l := range []batch{slow, fast} {
		w.start(b, probes[i], l)
		delays := w.delays(b, probes[i])
		cost := w.cost(b, l.during)
		f.add(fmt.Sprintf("agent at %.0f lines a second", l.rate), "%.1f %% of a core, %.0f MiB (%.0f of them its own)", cost.cpu, cost.mib, cost.anonymous)
		d := <-delays
		require.NotEmpty(b, d, "no probe was answered")
		f.add("  a line to a query's answer", "p50 %.1f s, p95 %.1f s (%d of %d probes)", d[len(d)/2].Seconds(), d[len(d)*95/100].Seconds(), len(d), probes[i].lines())
	}
	w.arrived(b, fast, 2*time.Minute)

	w.start(b, during)
	time.Sleep(10 * time.Second)
	w.stop(b, loki)
	began := time.Now()
	alerts := w.siteOutages(max(1, int(outage/probesASite)))
	most := w.buffer(b, began.Add(outage))
	w.startAgain(b, loki)
	away, back := time.Since(began), time.Now()
	written := slow.lines() + fast.lines() + during.lines()
	w.arrived(b, during, 5*time.Minute)
	f.add(fmt.Sprintf("Loki away for %s at 200 lines a second", away.Round(time.Second)), "all found %.0f s after it was ready; the buffer took %.1f MB of disk", time.Since(back).Seconds(), float64(most)/1e6)
	found, twice := w.numbers(b, slow, fast, during)
	f.add("  lines sent and found", "%d and %d, %d of them twice", written, found, twice)
	told := <-alerts
	require.NoError(b, told.err)
	f.add("an outage of the site to a firing alert", "%s (of which a minute is the rule's)", secondsOf(told.firing))
	f.add("  to its message", "%s", secondsOf(told.message))
	f.add("this computer", "load %s after that", loadAverage())

	samples := w.samplesADay(b)
	// Not before the outage: a stream that Loki was told to flush counts its
	// lines from one again, and those it drops when it reads its log.
	chunks := w.flushed(b)
	var perLine []float64
	for _, l := range sized {
		w.start(b, l)
		w.arrived(b, l, l.during+2*time.Minute)
		before := chunks
		chunks = w.flushed(b)
		perLine = append(perLine, float64(chunks.bytes-before.bytes)/float64(l.lines()))
	}
	f.add("Loki, bytes a line in the bucket", "%.0f of Odoo's, %.0f of the edge's; %.0f of index a chunk", perLine[0], perLine[1], w.index(b))
	f.add(fmt.Sprintf("  a day of %d requests", requestsADay), "%.1f MB", requestsADay*(perLine[0]+perLine[1])/1e6)
	blocks := w.blocks(b)
	f.add("Prometheus, bytes a sample in blocks", "%.2f, and %.0f of index a series and block", blocks.perSample, blocks.perSeries)
	f.add(fmt.Sprintf("  a day of %.0f series, %.1f million samples", samples.series, samples.aDay/1e6), "%.1f MB",
		(samples.aDay*blocks.perSample+12*samples.series*blocks.perSeries)/1e6)
	require.Equal(b, written, found, "lines were lost")
}

// figures are the table.
type figures struct{ rows []string }

func (f *figures) add(what, format string, values ...any) {
	f.rows = append(f.rows, what+"\t"+fmt.Sprintf(format, values...))
	fmt.Fprintln(os.Stderr, time.Now().Format(time.TimeOnly), strings.ReplaceAll(f.rows[len(f.rows)-1], "\t", ": "))
}

func (f *figures) print() {
	t := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t)
	for _, row := range f.rows {
		fmt.Fprintln(t, row)
	}
	_ = t.Flush()
}

// secondsOf are some durations, as one run showed them.
func secondsOf(d []time.Duration) string {
	d = slices.Sorted(slices.Values(d))
	if len(d) == 1 {
		return fmt.Sprintf("%.0f s", d[0].Seconds())
	}
	return fmt.Sprintf("%.0f s, of %d: %.0f to %.0f s", d[len(d)/2].Seconds(), len(d), d[0].Seconds(), d[len(d)-1].Seconds())
}

// loadAverage is of a minute, five and fifteen: what else runs is in the figures.
func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(text) + " ? ? ?")[:3], ", ")
}
