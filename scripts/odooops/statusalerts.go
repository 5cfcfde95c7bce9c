package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/odooops/odooops/ops/status"
)

// firing asks a platform's Alertmanager; nil where there is none.
func (a *app) firing(platform string, outputs map[string]any) func(context.Context) ([]status.Alert, error) {
	if outputs["observability"] == nil {
		return nil
	}
	return func(ctx context.Context) ([]status.Alert, error) {
		host, connection, err := a.watchers(ctx, "ask for alerts", platform)
		if err != nil {
			return nil, err
		}
		defer func() { _ = connection.Close() }()
		return status.Firing(ctx, host)
	}
}

// printAlerts prints those of all rows; nothing where none fires.
func printAlerts(w io.Writer, rows []status.Row) {
	var cells [][]string
	for _, r := range rows {
		for _, a := range r.Alerts {
			cells = append(cells, []string{
				a.Name, dash(a.Severity), dash(a.Stack), ago(int(time.Since(a.Since).Seconds())), dash(a.Runbook), dash(a.Summary),
			})
		}
	}
	if len(cells) == 0 {
		return
	}
	fmt.Fprintln(w)
	table(w, []string{"alert", "severity", "stack", "fires since", "runbook", "summary"}, cells)
}
