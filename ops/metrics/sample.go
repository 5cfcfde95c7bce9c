package metrics

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// sample is a value of a metric, with its labels in the metric's order.
type sample struct {
	name   string
	labels []string
	value  float64
}

// metric is what is said of one.
type metric struct {
	help   string
	kind   prometheus.ValueType
	labels []string
}

func gauge(help string, labels ...string) metric {
	return metric{help, prometheus.GaugeValue, labels}
}

func counter(help string, labels ...string) metric {
	return metric{help, prometheus.CounterValue, labels}
}

// served are all metrics. A question that gives another is wrong.
var served = map[string]metric{
	"odooops_up": gauge("Whether a part answers: postgres, odoo_schema, statements.", "part"),

	"odooops_postgres_connections":                 gauge("Sessions of clients.", "state"),
	"odooops_postgres_connections_max":             gauge("The most sessions there may be."),
	"odooops_postgres_locks_waiting":               gauge("Sessions that wait for a lock."),
	"odooops_postgres_longest_transaction_seconds": gauge("Age of the oldest open transaction."),
	"odooops_postgres_dead_rows_ratio":             gauge("Dead rows of all rows."),
	"odooops_postgres_commits_total":               counter("Transactions that were committed."),
	"odooops_postgres_rollbacks_total":             counter("Transactions that were rolled back."),
	"odooops_postgres_deadlocks_total":             counter("Deadlocks."),
	"odooops_postgres_blocks_hit_total":            counter("Blocks that were in Postgres's memory."),
	"odooops_postgres_blocks_read_total":           counter("Blocks that were not."),
	"odooops_database_bytes":                       gauge("Size of Odoo's database."),
	"odooops_statement_seconds_total":              counter("Time in the most costly statements.", "query"),
	"odooops_archive_waiting_segments":             gauge("WAL segments that wait to be archived."),

	"odooops_mail_queue":           gauge("Mails that are due, and that failed.", "state"),
	"odooops_cron_failures":        gauge("Failures in a row of a scheduled action.", "cron"),
	"odooops_cron_overdue_seconds": gauge("How late the latest scheduled action is."),
	"odooops_users_online":         gauge("Users whose browser was there in the last three minutes."),

	"odooops_repository_error":             gauge("Whether a repository can't be read.", "repository"),
	"odooops_repository_wal_age_seconds":   gauge("Age of the newest WAL in a repository.", "repository"),
	"odooops_repository_files_age_seconds": gauge("For how long a file has been waiting for a repository.", "repository"),
	"odooops_backup_age_seconds":           gauge("Age of the newest good backup.", "repository", "type"),
	"odooops_backup_bytes":                 gauge("What it takes in the repository.", "repository", "type"),
}

// Names of all metrics.
func Names() []string { return slices.Sorted(maps.Keys(served)) }
