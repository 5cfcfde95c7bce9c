package status

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/odooops/odooops/stacks/config"
)

// Bound is what one stack's questions may take together.
const Bound = 12 * time.Second

// Row is one stack.
type Row struct {
	Stack   string     `json:"stack"`
	Kind    string     `json:"kind"`
	Exists  bool       `json:"exists"`
	Updated *time.Time `json:"updated,omitempty"` // the state's last change
	URL     string     `json:"url,omitempty"`
	MailURL string     `json:"mailUrl,omitempty"` // MailHog
	Image   string     `json:"image,omitempty"`   // of Odoo, or of the edge where there is no Odoo
	Data    string     `json:"data,omitempty"`    // what the database was made from
	// ExpiresAt is RFC 3339; empty for what never ends.
	ExpiresAt string `json:"expiresAt,omitempty"`

	Host       string      `json:"host"` // up, off, gone, unreachable, recorded, none
	Containers []Container `json:"containers,omitempty"`
	Odoo       string      `json:"odoo,omitempty"` // pass or fail; why is among the problems
	PDF        string      `json:"pdf,omitempty"`  // on, or off
	WAL        *WAL        `json:"wal,omitempty"`
	// Repositories are where the backups are.
	Repositories []Repository `json:"repositories,omitempty"`
	// Alerts fire for the stack; a platform has those of no other row, too.
	Alerts   []Alert  `json:"alerts,omitempty"`
	Problems []string `json:"problems,omitempty"`
	// Warnings are what will be a problem one day.
	Warnings []string `json:"warnings,omitempty"`
}

// Container is one of the stack's, as its host's Docker sees it.
type Container struct {
	Name   string `json:"name"`
	State  string `json:"state"`  // running, exited …
	Status string `json:"status"` // Up 3 minutes (healthy)
}

// WAL is how far archiving is behind, as Postgres sees it: a segment is
// archived when it is in every repository.
type WAL struct {
	// AgeSeconds is the time since the oldest WAL that is not archived yet,
	// zero when all is.
	AgeSeconds int  `json:"ageSeconds"`
	Waiting    int  `json:"waitingSegments"`
	Failing    bool `json:"failing"`
	// LastArchivedSeconds ago; -1 for never.
	LastArchivedSeconds int `json:"lastArchivedSeconds"`
	// DiskFullInSeconds is how long the data disk lasts when nothing can be
	// archived, at the larger of the average and the idle rate of WAL.
	DiskFullInSeconds int `json:"diskFullInSeconds"`
}

// Repository is what one holds.
type Repository struct {
	Number int    `json:"number"`
	Error  string `json:"error,omitempty"`
	// WALAgeSeconds is how long ago the newest WAL came; -1 for unknown.
	WALAgeSeconds int `json:"walAgeSeconds"`
	// FilesAgeSeconds is for how long the oldest of Odoo's files that is not
	// there has been waiting.
	FilesAgeSeconds int     `json:"filesAgeSeconds"`
	Backups         int     `json:"backups"`
	Bytes           int64   `json:"bytes"` // stored by them together
	Newest          *Backup `json:"newest,omitempty"`
	Full            *Backup `json:"full,omitempty"`
	// TestedSeconds ago its newest backup was restored well; -1 for never,
	// or where that is not known.
	TestedSeconds int `json:"testedSeconds"`
}

// Backup is a complete one.
type Backup struct {
	Label      string    `json:"label"`
	Type       string    `json:"type"` // full, diff, incr
	Ended      time.Time `json:"ended"`
	AgeSeconds int       `json:"ageSeconds"`
	Bytes      int64     `json:"bytes"` // of the database
	RepoBytes  int64     `json:"repoBytes"`
}

// Target is one stack to ask about.
type Target struct {
	Stack   string
	Kind    string
	Exists  bool
	Updated *time.Time
	// Outputs of a stack with an Odoo; nil for other kinds.
	Outputs *config.OdooOutputs
	// Image is what runs, as in the config.
	Image string
	// Ends says that stacks of this kind end: without a time that is a problem.
	Ends bool
	// ExpiresAt is the time, RFC 3339.
	ExpiresAt string
	// Recorded: the local cloud keeps records only, nothing boots.
	Recorded bool
	// Droplet is the machine's status in the cloud, or "gone".
	Droplet func(ctx context.Context) (string, error)
	// Shell runs a command on the host; nil where somebody else's row asks it.
	Shell func(ctx context.Context, cmd string) (string, error)
	// Tested says when the newest backup of each repository was last restored
	// well; nil where there are none.
	Tested func(ctx context.Context) (map[int]time.Time, error)
	// Alerts are those that fire anywhere; nil where nobody watches.
	Alerts func(ctx context.Context) ([]Alert, error)
	// Health asks Odoo from outside; empty for pass.
	Health func(ctx context.Context) string
}

// Gather asks all of them at once.
func Gather(ctx context.Context, targets []Target, now time.Time) []Row {
	rows := make([]Row, len(targets))
	var wg sync.WaitGroup
	for i, t := range targets {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, Bound)
			defer cancel()
			rows[i] = one(ctx, t, now)
		})
	}
	wg.Wait()
	spread(rows)
	return rows
}

func one(ctx context.Context, t Target, now time.Time) Row {
	r := Row{Stack: t.Stack, Kind: t.Kind, Exists: t.Exists, Updated: t.Updated, Image: t.Image, Host: "none"}
	if t.Outputs != nil {
		r.URL, r.MailURL, r.Data = t.Outputs.URL, t.Outputs.MailURL, t.Outputs.Data
	}
	if t.Exists && t.Ends {
		r.expires(t.ExpiresAt, now)
	}
	if !t.Exists || t.Droplet == nil {
		return r
	}
	if t.Recorded {
		r.Host = "recorded"
		return r
	}
	state, err := t.Droplet(ctx)
	switch {
	case err != nil:
		r.Host = "unknown"
		r.problem("ask the cloud for the host: " + err.Error())
	case state == "active":
		r.Host = "up"
	default:
		r.Host = state
		r.problem("the host is " + state + "; run odooops host replace " + t.Stack + " when it can't be started")
		return r
	}
	r.ask(ctx, t, now)
	return r
}

// ask fills in what only the host and Odoo know; both at the same time.
func (r *Row) ask(ctx context.Context, t Target, now time.Time) {
	odoo := make(chan string, 1)
	if t.Health != nil {
		go func() { odoo <- t.Health(ctx) }()
	}
	if t.Shell != nil {
		out, err := t.Shell(ctx, question(t.Outputs))
		if err != nil {
			r.Host = "unreachable"
			r.problem("the host does not answer: " + err.Error())
		} else {
			r.read(out, t.Outputs, now)
		}
	}
	r.tested(ctx, t, now)
	r.alerts(ctx, t)
	if t.Health == nil {
		return
	}
	r.Odoo = "pass"
	if bad := <-odoo; bad != "" {
		r.Odoo = "fail"
		r.problem("Odoo: " + bad)
	}
}

// testEvery is when a restore test is overdue: one a week.
const testEvery = 8 * 24 * time.Hour

// tested adds the restore tests' age. A missing one is a warning: a stack of
// today has none yet.
func (r *Row) tested(ctx context.Context, t Target, now time.Time) {
	if t.Tested == nil || len(r.Repositories) == 0 {
		return
	}
	at, err := t.Tested(ctx)
	if err != nil {
		r.Warnings = append(r.Warnings, "restore tests: "+err.Error())
	}
	for i := range r.Repositories {
		repo := &r.Repositories[i]
		when, ok := at[repo.Number]
		if ok {
			repo.TestedSeconds = int(now.Sub(when).Seconds())
		}
		if err == nil && now.Sub(when) > testEvery {
			r.Warnings = append(r.Warnings, fmt.Sprintf("repository %d: no restore test has passed for a week: odooops backup verify %s --restore --repo %d",
				repo.Number, r.Stack, repo.Number))
		}
	}
}

// warnBefore is the period in which an end is announced.
var warnBefore = map[string]time.Duration{config.KindStaging: 7 * 24 * time.Hour, config.KindPreview: 6 * time.Hour}

// expires judges the end. A missing or unreadable one is a problem, and never
// means that the stack stays forever.
func (r *Row) expires(at string, now time.Time) {
	r.ExpiresAt = at
	ends, err := time.Parse(time.RFC3339, at)
	switch {
	case err != nil:
		r.problem(fmt.Sprintf("its end is %q, which is no time; run odooops ttl extend %s --for 48h", at, r.Stack))
	case !ends.After(now):
		r.problem("it is past its end: the next odooops ttl sweep takes it, unless odooops ttl extend " + r.Stack + " --for 48h moves that")
	case ends.Sub(now) < warnBefore[r.Kind]:
		r.Warnings = append(r.Warnings, fmt.Sprintf("it ends in %s; odooops ttl extend %s --for 48h moves that", ends.Sub(now).Round(time.Minute), r.Stack))
	}
}

func (r *Row) problem(text string) { r.Problems = append(r.Problems, text) }
