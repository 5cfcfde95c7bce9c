package smoke

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Status of a check.
type Status string

// The statuses. A skip is never a pass.
const (
	Pass Status = "PASS"
	Fail Status = "FAIL"
	Skip Status = "SKIP"
)

// Result of one check.
type Result struct {
	Name    string  `json:"name"`
	Status  Status  `json:"status"`
	Detail  string  `json:"detail"`
	Seconds float64 `json:"seconds"`
}

// Report of all checks.
type Report struct {
	Stack  string   `json:"stack"`
	OK     bool     `json:"ok"`
	Checks []Result `json:"checks"`
}

// Target is the stack to look at.
type Target struct {
	Stack      string
	Hostname   string // fully qualified
	Domain     string // the zone
	PublicIP   string // where the name must point to
	DropletIP  string // the machine's own public address
	BastionIP  string
	Nameserver string // host:port of an authoritative server; empty: ask the zone's NS records
	Roots      *x509.CertPool
	HTTPPort   string // 80; another in tests
	HTTPSPort  string // 443; another in tests

	Database      string
	AdminLogin    string
	AdminPassword string

	OdooContainer     string
	PostgresContainer string

	// Shell runs a command on the host.
	Shell func(ctx context.Context, cmd string) (string, error)
	// Archived says whether a WAL segment is in the repository.
	Archived func(ctx context.Context, segment string) (bool, error)
	// Now is the clock.
	Now func() time.Time
}

// skipped is why a check could not be made.
type skipped string

func (s skipped) Error() string { return string(s) }

type check struct {
	name  string
	limit time.Duration
	run   func(ctx context.Context, v *visit) (string, error)
}

// checks in the order of the report.
func checks() []check {
	return []check{
		{"dns", 10 * time.Second, dnsRecord},
		{"tls", 15 * time.Second, certificate},
		{"redirect", 15 * time.Second, redirect},
		{"health", 15 * time.Second, health},
		{"login page", 60 * time.Second, loginPage},
		{"login", 30 * time.Second, login},
		{"websocket", 45 * time.Second, websocketMessage},
		{"upload", 60 * time.Second, upload},
		{"pdf", 60 * time.Second, pdf},
		{"default accounts", 30 * time.Second, defaultAccounts},
		{"database manager", 30 * time.Second, databaseManager},
		{"client address", 30 * time.Second, clientAddress},
		{"wal", 100 * time.Second, walArchived},
		{"ports", 60 * time.Second, openPorts},
	}
}

// parallel bounds the checks at work: they must not look like an attack to the
// edge's own rate limit.
const parallel = 4

// Run makes all checks. done is told each as it ends; it may be nil.
func Run(ctx context.Context, t Target, done func(Result)) Report {
	v := newVisit(t)
	list := checks()
	results := make([]Result, len(list))
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i, c := range list {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := one(ctx, c, v)
			mu.Lock()
			defer mu.Unlock()
			results[i] = r
			if done != nil {
				done(r)
			}
		})
	}
	wg.Wait()
	report := Report{Stack: t.Stack, OK: true, Checks: results}
	for _, r := range results {
		if r.Status == Fail {
			report.OK = false
		}
	}
	return report
}

func one(ctx context.Context, c check, v *visit) (r Result) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	detail, err := c.run(ctx, v)
	r = Result{Name: c.name, Status: Pass, Detail: detail, Seconds: round(time.Since(start))}
	var why skipped
	switch {
	case errors.As(err, &why):
		r.Status, r.Detail = Skip, why.Error()
	case err != nil && ctx.Err() != nil:
		r.Status, r.Detail = Fail, fmt.Sprintf("not done within %s: %v", c.limit, err)
	case err != nil:
		r.Status, r.Detail = Fail, err.Error()
	}
	return r
}

func round(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
