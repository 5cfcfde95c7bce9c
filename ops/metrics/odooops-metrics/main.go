// Command odooops-metrics is the exporter beside Postgres: see package metrics.
// Its settings come in on stdin.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/odooops/odooops/ops/metrics"
)

const (
	usage   = "usage: odooops-metrics serve | healthcheck  (settings on stdin)"
	address = ":9187"
	// repositories is where the backup writes what it knows of them.
	repositories = "/var/lib/odooops/repositories"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "odooops-metrics: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader) error {
	if len(args) == 1 && args[0] == "serve" {
		return serve(ctx, in)
	}
	if len(args) == 1 && args[0] == "healthcheck" {
		return healthcheck(ctx)
	}
	return errors.New(usage)
}

func serve(ctx context.Context, in io.Reader) error {
	var database metrics.Database
	if err := json.NewDecoder(in).Decode(&database); err != nil || database.Host == "" || database.Database == "" || database.Password == "" {
		return errors.New("the settings on stdin do not give host, database and password")
	}
	exporter := &metrics.Exporter{Look: database.Look, Repositories: repositories, Log: os.Stderr, Now: time.Now}
	server := &http.Server{Addr: address, Handler: exporter.Handler(), ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}

func healthcheck(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1"+address+"/", http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
