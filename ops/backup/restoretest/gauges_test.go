package restoretest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/odooops/odooops/ops/watch"
)

func TestAFailedTestDoesNotHideWhenOnePassed(t *testing.T) {
	now := time.Unix(1796083200, 0)
	labels := map[string]string{"stack": "production", "kind": "production", "repository": "2"}
	assert.Equal(t, []watch.Gauge{
		{Name: "odooops_restore_test_failed", Value: 0, Labels: labels},
		{Name: "odooops_restore_test_passed_seconds", Value: 1796083200, Labels: labels},
	}, Result{Stack: "production", Repository: 2, OK: true}.Gauges(now))
	assert.Equal(t, []watch.Gauge{{Name: "odooops_restore_test_failed", Value: 1, Labels: labels}},
		Result{Stack: "production", Repository: 2}.Gauges(now))
}
