// Command odooops is the CLI over the packages of ops: flags, progress, tables
// and exit codes, and nothing else. Results go to stdout (one JSON object or
// array with --json), all else to stderr. Exit codes: 0 done, 1 failed, 2 bad
// usage or config.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := &app{out: os.Stdout, err: os.Stderr, getenv: os.Getenv}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
