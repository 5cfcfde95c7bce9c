// Package observability is what the observability host looks with: rules of
// Prometheus (alerts) and of Loki (logalerts), and Grafana's dashboards. They
// are files in version control; nobody edits them in a browser. It deploys
// nothing: components/observability does.
package observability

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
)

//go:embed alerts/*.yaml logalerts/*.yaml dashboards/*.json
var files embed.FS

// Alerts are Prometheus' rule files, by file name.
func Alerts() map[string]string { return texts("alerts/*.yaml") }

// LogAlerts are the rule files of Loki's ruler, by file name.
func LogAlerts() map[string]string { return texts("logalerts/*.yaml") }

// Dashboards are Grafana's, by file name.
func Dashboards() map[string]string { return texts("dashboards/*.json") }

func texts(pattern string) map[string]string {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		panic(fmt.Sprintf("observability: %s: %v", pattern, err)) // a constant of this file
	}
	out := make(map[string]string, len(names))
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(fmt.Sprintf("observability: embedded %s: %v", name, err))
		}
		out[path.Base(name)] = string(text)
	}
	return out
}
