package watch

import (
	"context"
	_ "embed" // push.py
	"maps"
	"slices"
	"strconv"
	"time"
)

// Gauge is a value that comes once, with the event that it tells of. Prometheus
// shows it for five minutes: whoever asks later does so by last_over_time.
type Gauge struct {
	Name   string
	Value  float64
	Labels map[string]string
}

//go:embed files/push.py
var push string

// Push gives Prometheus gauges of now. It needs no agent of a host, so that an
// operation can tell how it ended.
func (h Host) Push(ctx context.Context, now time.Time, gauges ...Gauge) error {
	return h.Ask(ctx, "tell Prometheus", Source(push), map[string]any{"prometheus": h.Prometheus(), "metrics": otlp(now, gauges)}, nil, nil)
}

// otlp is what OTLP's JSON says of gauges.
func otlp(now time.Time, gauges []Gauge) any {
	type object = map[string]any
	metrics := make([]object, len(gauges))
	for i, g := range gauges {
		labels := []object{}
		for _, k := range slices.Sorted(maps.Keys(g.Labels)) {
			labels = append(labels, object{"key": k, "value": object{"stringValue": g.Labels[k]}})
		}
		metrics[i] = object{"name": g.Name, "gauge": object{"dataPoints": []object{{
			"timeUnixNano": strconv.FormatInt(now.UnixNano(), 10), "asDouble": g.Value, "attributes": labels,
		}}}}
	}
	return object{"resourceMetrics": []object{{"scopeMetrics": []object{{"metrics": metrics}}}}}
}
