// Package agent declares the one agent of a host: an OpenTelemetry Collector
// that sends its logs and metrics to the observability host.
//
// It must not harm what it watches: memory, processor and disk are bounded, it
// has no capability, and Docker's socket is not its own to see (docker-read
// answers the few questions it has). It must not lose a line while the other
// side is away, and must not send a secret: both are the configuration's
// business, in files, and tested with the real program.
package agent
