package restoretest

import (
	"strconv"
	"time"

	"github.com/odooops/odooops/ops/watch"
	"github.com/odooops/odooops/stacks/config"
)

// Gauges are what alerts go by: whether the newest test failed, and when the
// newest one that passed was. A failed test tells nothing of the second.
func (r Result) Gauges(ended time.Time) []watch.Gauge {
	labels := map[string]string{"stack": r.Stack, "kind": config.KindProduction, "repository": strconv.Itoa(r.Repository)}
	if !r.OK {
		return []watch.Gauge{{Name: "odooops_restore_test_failed", Value: 1, Labels: labels}}
	}
	return []watch.Gauge{
		{Name: "odooops_restore_test_failed", Value: 0, Labels: labels},
		{Name: "odooops_restore_test_passed_seconds", Value: float64(ended.Unix()), Labels: labels},
	}
}
