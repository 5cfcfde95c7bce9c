// Package watch is the way to what runs on the observability host: Loki,
// Prometheus and Alertmanager. They listen on a network of that host alone, so
// they are asked by a script on it, over SSH. It knows none of their questions.
package watch
