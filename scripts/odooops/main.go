// Command odooops is the CLI over the packages of ops: flags, progress, tables
// and exit codes, and nothing else. Results go to stdout (one JSON object or
// array with --json), all else to stderr. Exit codes: 0 done, 1 failed, 2 bad
// usage or config.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := &app{out: os.Stdout, err: os.Stderr, getenv: environment(os.Environ())}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// environment is the caller's, as it was at the start: a program that runs in
// this process changes the real one (app.enter).
func environment(environ []string) func(string) string {
	vars := map[string]string{}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok {
			vars[name] = value
		}
	}
	return func(name string) string { return vars[name] }
}
