package engine

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Nothing that is read or written may be in a log, whatever the servers'
// own settings are.
var quiet = map[string]string{
	"log_statement": "none", "log_min_messages": "panic", "log_min_error_statement": "panic",
	"log_min_duration_statement": "-1", "log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0",
	"jit": "off", "statement_timeout": "0", "synchronous_commit": "off", "extra_float_digits": "1",
	"datestyle": "ISO", "intervalstyle": "postgres", "client_encoding": "UTF8", "bytea_output": "hex",
	"maintenance_work_mem": "512MB", "application_name": "odooops-mask",
}

func connect(ctx context.Context, name, dsn string, more map[string]string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("the %s's address can't be read", name) // it may hold a password
	}
	for k, v := range quiet {
		config.RuntimeParams[k] = v
	}
	for k, v := range more {
		config.RuntimeParams[k] = v
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, safe("connect to the "+name, err)
	}
	return c, nil
}
