package watch

import (
	"context"
	_ "embed" // watch.py
	"io"

	"github.com/odooops/odooops/ops/hostscript"
)

// Script runs Python on the host (hostscript.Host).
type Script interface {
	Ask(ctx context.Context, what, source string, request, answer any, say func(string)) error
	Stream(ctx context.Context, what, source string, request any, in io.Reader, out io.Writer, say func(string)) error
}

var _ Script = (*hostscript.Host)(nil)

// Host is the observability host of a platform.
type Host struct {
	Script
	// Stack is the platform's name.
	Stack string
}

// Service is a program on the host, as scripts find it.
type Service struct {
	Name      string `json:"name"`
	Container string `json:"container"`
	Network   string `json:"network"`
	Port      int    `json:"port"`
}

// Loki keeps the logs.
func (h Host) Loki() Service { return h.service("Loki", "loki", 3100) }

// Prometheus keeps the metrics.
func (h Host) Prometheus() Service { return h.service("Prometheus", "prometheus", 9090) }

// Alertmanager knows the firing alerts.
func (h Host) Alertmanager() Service { return h.service("Alertmanager", "alertmanager", 9093) }

func (h Host) service(name, role string, port int) Service {
	return Service{Name: name, Container: h.Stack + "-" + role, Network: h.Stack + "-watch", Port: port}
}

//go:embed files/watch.py
var common string

// Source is a script that may use what is in files/watch.py.
func Source(part string) string { return hostscript.Source(common, part) }
