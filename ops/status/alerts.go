package status

import (
	"cmp"
	"context"
	_ "embed" // alerts.py
	"errors"
	"slices"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/watch"
)

// Alert is one that fires.
type Alert struct {
	Name     string    `json:"name"`
	Severity string    `json:"severity"` // page or ticket
	Stack    string    `json:"stack,omitempty"`
	Since    time.Time `json:"since"`
	Summary  string    `json:"summary,omitempty"`
	Runbook  string    `json:"runbook,omitempty"` // a file of the checkout
}

// watchdog always fires: who stops hearing it knows that alerts don't arrive.
const watchdog = "Watchdog"

//go:embed alerts.py
var alertsScript string

// Firing are the alerts that fire, the worst first. Those that somebody
// silenced, or that another one explains, are left out.
func Firing(ctx context.Context, host watch.Host) ([]Alert, error) {
	var told []struct {
		Labels, Annotations map[string]string
		StartsAt            time.Time
	}
	request := map[string]watch.Service{"alertmanager": host.Alertmanager()}
	if err := host.Ask(ctx, "ask for alerts", watch.Source(alertsScript), request, &told, nil); err != nil {
		return nil, err
	}
	var alerts []Alert
	for _, a := range told {
		if a.Labels["alertname"] == watchdog {
			continue
		}
		alerts = append(alerts, Alert{
			Name: a.Labels["alertname"], Severity: a.Labels["severity"], Stack: a.Labels["stack"],
			Since: a.StartsAt.UTC(), Summary: a.Annotations["summary"], Runbook: a.Annotations["runbook"],
		})
	}
	slices.SortStableFunc(alerts, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), a.Since.Compare(b.Since), cmp.Compare(a.Name, b.Name))
	})
	return alerts, nil
}

// alertsBound is what the question may take; status waits for no dead host.
const alertsBound = 10 * time.Second

// alerts asks a platform for what fires. Without an answer nobody may know of
// what is wrong, which is a problem of its own.
func (r *Row) alerts(ctx context.Context, t Target) {
	if t.Alerts == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, alertsBound)
	defer cancel()
	alerts, err := t.Alerts(ctx)
	if err != nil {
		r.problem("alerts are not known: " + sentence(err))
		return
	}
	r.Alerts = alerts
}

// spread gives each alert to the row of its stack; the others stay with the
// platform that told them.
func spread(rows []Row) {
	for i := range rows {
		var own []Alert
		for _, a := range rows[i].Alerts {
			j := slices.IndexFunc(rows, func(r Row) bool { return r.Stack == a.Stack })
			if j < 0 || j == i {
				own = append(own, a)
				continue
			}
			rows[j].Alerts = append(rows[j].Alerts, a)
		}
		rows[i].Alerts = own
	}
}

// sentence is an error in one line: what to do next is another row's to say.
func sentence(err error) string {
	var f *fault.Fault
	if errors.As(err, &f) && f.Cause != nil {
		return f.What + ": " + sentence(f.Cause)
	}
	return err.Error()
}
