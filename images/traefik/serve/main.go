// Command serve is process 1 of the Traefik image. It runs Traefik, and starts
// it again as long as a name in EDGE_NAMES (comma-separated) has no certificate.
//
// Traefik asks for a certificate once, at its start. When the authority or the
// zone's name server is away just then, it serves one that it signed itself
// until somebody restarts it. Renewals it tries every day by itself.
//
// With the argument egress it is the proxy of an environment without another
// way out instead; egress healthcheck says by its exit status whether that runs.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/odooops/odooops/images/traefik/egress"
)

const traefik = "/usr/local/bin/traefik"

const (
	// firstWait and its doublings make five tries in the first hour, which is
	// all that Let's Encrypt allows when each of them fails.
	firstWait = 2 * time.Minute
	lastWait  = time.Hour
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "egress" {
		if err := proxy(os.Args[2:]); err != nil {
			say("egress: %v", err)
			os.Exit(1)
		}
		return
	}
	command := append([]string{traefik}, os.Args[1:]...)
	names := strings.FieldsFunc(os.Getenv("EDGE_NAMES"), func(r rune) bool { return r == ',' })
	if len(names) == 0 {
		say("%s: %v", traefik, syscall.Exec(traefik, command, os.Environ()))
		os.Exit(1)
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1)
	os.Exit(server{
		command: command, wait: firstWait, signals: signals,
		missing: func() []string { return missing("127.0.0.1:443", names) },
	}.run())
}

// patience is what a health check takes at most.
const patience = 3 * time.Second

// proxy runs the proxy, or asks for its health.
func proxy(arguments []string) error {
	switch {
	case len(arguments) == 0:
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
		defer stop()
		return egress.Serve(ctx, egress.Address, egress.AllowFile)
	case len(arguments) == 1 && arguments[0] == "healthcheck":
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		return egress.Check(ctx, egress.Address)
	default:
		return fmt.Errorf("takes healthcheck or nothing, not %s", strings.Join(arguments, " "))
	}
}

// server is a command that is started again while certificates are missing.
type server struct {
	command []string
	wait    time.Duration
	signals <-chan os.Signal
	missing func() []string // the names without certificate
}

// run returns the command's exit status when it ends by itself or is told to.
func (s server) run() int {
	for wait := s.wait; ; wait = min(2*wait, lastWait) {
		if status, again := s.once(wait); !again {
			return status
		}
	}
}

func (s server) once(wait time.Duration) (status int, again bool) {
	c := exec.Command(s.command[0], s.command[1:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		say("%v", err)
		return 1, false
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait() // its exit status says it all
	}()
	look := time.NewTimer(wait)
	defer look.Stop()
	for {
		select {
		case <-ended:
			return c.ProcessState.ExitCode(), again
		case sent := <-s.signals:
			again = again && sent != syscall.SIGTERM && sent != syscall.SIGINT && sent != syscall.SIGQUIT
			_ = c.Process.Signal(sent)
		case <-look.C:
			if names := s.missing(); len(names) > 0 {
				say("no certificate for %s %s after the start: starting Traefik again, which asks for it again; its log says why there is none",
					strings.Join(names, ", "), wait)
				again = true
				_ = c.Process.Signal(syscall.SIGTERM)
			}
		}
	}
}

// missing are the names that the server at an address has no certificate for.
// Whether it is to be trusted is for visitors to judge.
func missing(address string, names []string) []string {
	var without []string
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	for _, name := range names {
		conn, err := tls.DialWithDialer(dialer, "tcp", address, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		if err != nil {
			without = append(without, name)
			continue
		}
		if conn.ConnectionState().PeerCertificates[0].VerifyHostname(name) != nil {
			without = append(without, name)
		}
		_ = conn.Close()
	}
	return without
}

func say(format string, a ...any) { fmt.Fprintf(os.Stderr, "odooops: "+format+"\n", a...) }
