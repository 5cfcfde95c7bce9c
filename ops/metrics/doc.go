// Package metrics is odooops-metrics, the exporter beside Postgres: what the
// server, Odoo's own tables and the backup know of their state, as Prometheus
// reads it.
//
// It must not read a row: its role may ask the server's statistics, and one
// function that counts (images/postgres/lib/metrics.sql). It must not hold the
// server up: each question ends after two seconds, and waits for no lock longer
// than half of one. And it answers while the server does not: that is a value too.
//
// It knows nothing of the repositories but what the backup writes down of them,
// and so holds no key to them.
package metrics
