package smoke

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/odooops/odooops/stacks/config"
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
	Kind       string // decides which checks there are
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

	// EdgeLogin and EdgePassword are what the edge asks for; empty where it
	// asks nobody. OpenToSome says that some addresses need neither.
	EdgeLogin, EdgePassword string
	OpenToSome              bool
	// MailHostname is MailHog's; empty where mail really leaves.
	MailHostname string

	OdooContainer     string
	PostgresContainer string

	// Shell runs a command on the host.
	Shell func(ctx context.Context, cmd string) (string, error)
	// Archived says which repositories lack a WAL segment.
	Archived func(ctx context.Context, segment string) ([]string, error)
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

// checks of a kind of stack, in the order of the report.
func checks(kind string) []check {
	table := []struct {
		kinds []string
		check
	}{
		{odoos, check{"dns", 10 * time.Second, dnsRecord}},
		{everywhere, check{"tls", 15 * time.Second, certificate}},
		{odoos, check{"redirect", 15 * time.Second, redirect}},
		{odoos, check{"health", 15 * time.Second, health}},
		{odoos, check{"login page", 60 * time.Second, loginPage}},
		{odoos, check{"login", 30 * time.Second, login}},
		{odoos, check{"websocket", 45 * time.Second, websocketMessage}},
		{odoos, check{"upload", 60 * time.Second, upload}},
		{odoos, check{"pdf", 60 * time.Second, pdf}},
		{odoos, check{"default accounts", 30 * time.Second, defaultAccounts}},
		{odoos, check{"database manager", 30 * time.Second, databaseManager}},
		{odoos, check{"client address", 30 * time.Second, clientAddress}},
		{gated, check{"edge password", 30 * time.Second, edgePassword}},
		{gated, check{"robots", 15 * time.Second, robots}},
		{gated, check{"mail caught", 60 * time.Second, mailCaught}},
		{gated, check{"no way out", 30 * time.Second, noWayOut}},
		{[]string{config.KindProduction}, check{"wal", 100 * time.Second, walArchived}},
		{[]string{config.KindPreviewHost}, check{"nobody home", 15 * time.Second, nobodyHome}},
		{[]string{config.KindPreviewHost}, check{"layout", 30 * time.Second, previewsLayout}},
		// A preview has its host's ports.
		{hosts, check{"ports", 60 * time.Second, openPorts}},
	}
	var of []check
	for _, line := range table {
		if slices.Contains(line.kinds, kind) {
			of = append(of, line.check)
		}
	}
	return of
}

var (
	odoos      = []string{config.KindProduction, config.KindStaging, config.KindPreview}
	gated      = []string{config.KindStaging, config.KindPreview}
	hosts      = []string{config.KindProduction, config.KindStaging, config.KindPreviewHost}
	everywhere = append([]string{config.KindPreviewHost}, odoos...)
)

// parallel bounds the checks at work: they must not look like an attack to the
// edge's own rate limit.
const parallel = 4

// Run makes all checks. done is told each as it ends; it may be nil.
func Run(ctx context.Context, t Target, done func(Result)) Report {
	v := newVisit(t)
	list := checks(t.Kind)
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
