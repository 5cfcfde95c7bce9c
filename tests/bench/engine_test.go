package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

const runs = 7

// BenchmarkNoOpUp: `odooops up production` with nothing to do, on records, and
// as a ratio to the plain CLI's own preview of the same stack.
func BenchmarkNoOpUp(b *testing.B) {
	c := checkout.New(b, "--instance bench --ports 17190")
	c.Vars = append(c.Vars, "MACHINES=none")
	c.Must(b, "scripts/up")
	var ours, plain []time.Duration
	c.Pulumi(b, "preview", "-s", "production") // builds the program once
	b.ResetTimer()
	for range runs {
		ours = append(ours, timed(b, c, "bin/odooops", "up", "production"))
		began := time.Now()
		require.Zero(b, c.Pulumi(b, "preview", "-s", "production").Code)
		plain = append(plain, time.Since(began))
	}
	report(b, ours, "s")
	b.ReportMetric(median(ours).Seconds()/median(plain).Seconds(), "x-plain-preview")
}

// BenchmarkEditTestLoop: one changed line of a component, to its tests' result.
func BenchmarkEditTestLoop(b *testing.B) {
	root := checkout.Root(b)
	file := filepath.Join(root, "components/edge/edge.go")
	source, err := os.ReadFile(file)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, os.WriteFile(file, source, 0o644)) })
	checkout.Output(b, root, "go", "test", "./components/edge")
	var loops []time.Duration
	b.ResetTimer()
	for i := range runs {
		edited := append(slices.Clone(source), []byte(fmt.Sprintf("\nconst edit%d = %d\n", i, time.Now().UnixNano()))...)
		require.NoError(b, os.WriteFile(file, edited, 0o644))
		began := time.Now()
		checkout.Output(b, root, "go", "test", "./components/edge")
		loops = append(loops, time.Since(began))
	}
	report(b, loops, "s")
}

func timed(b *testing.B, c *checkout.Checkout, name string, args ...string) time.Duration {
	b.Helper()
	r := c.Run(b, name, args...)
	require.Zero(b, r.Code, r.All())
	return r.Took
}

// report replaces ns/op, which is the sum of all runs, by the median.
func report(b *testing.B, d []time.Duration, unit string) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(d).Seconds(), unit)
}

func median(d []time.Duration) time.Duration {
	s := slices.Clone(d)
	slices.Sort(s)
	return s[len(s)/2]
}
