package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// BenchmarkPolicies: what the policy pack adds to a preview of production with
// nothing to do, on records: without a pack, with it as scripts/build built it
// (what odooops takes), and as the engine builds it each time. The three take
// turns, so that whatever else the computer does is in all of them.
func BenchmarkPolicies(b *testing.B) {
	c := checkout.New(b, "--instance bench --ports 17190")
	c.Vars = append(c.Vars, "MACHINES=none")
	c.Must(b, "scripts/up")
	ways := []struct {
		unit  string
		flags []string
	}{
		{"s-no-pack", nil},
		{"s-built-pack", []string{"--policy-pack", "policypacks/built"}},
		{"s-compiled-pack", []string{"--policy-pack", "policypacks/odooops"}},
	}
	preview := func(flags []string) time.Duration {
		began := time.Now()
		r := c.Pulumi(b, append([]string{"preview", "-s", "production"}, flags...)...)
		require.Zero(b, r.Code, r.All())
		return time.Since(began)
	}
	took := map[string][]time.Duration{}
	for _, w := range ways {
		preview(w.flags) // builds the program, and the pack, once
	}
	b.ResetTimer()
	for range runs {
		for _, w := range ways {
			took[w.unit] = append(took[w.unit], preview(w.flags))
		}
		took["s-odooops"] = append(took["s-odooops"], timed(b, c, "bin/odooops", "preview", "production"))
	}
	b.ReportMetric(0, "ns/op")
	for unit, of := range took {
		b.ReportMetric(median(of).Seconds(), unit)
	}
	without := median(took["s-no-pack"])
	b.ReportMetric((median(took["s-built-pack"]) - without).Seconds(), "s-added")
	b.ReportMetric((median(took["s-compiled-pack"]) - without).Seconds(), "s-added-compiled")
}
