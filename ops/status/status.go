package status

import (
	"context"
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

	Host       string      `json:"host"` // up, off, gone, unreachable, recorded, none
	Containers []Container `json:"containers,omitempty"`
	Odoo       string      `json:"odoo,omitempty"` // pass or fail; why is among the problems
	PDF        string      `json:"pdf,omitempty"`  // on, or off
	Archive    []Archive   `json:"archive,omitempty"`
	Backup     *Backup     `json:"backup,omitempty"`
	Problems   []string    `json:"problems,omitempty"`
}

// Container is one of the stack's, as its host's Docker sees it.
type Container struct {
	Name   string `json:"name"`
	State  string `json:"state"`  // running, exited …
	Status string `json:"status"` // Up 3 minutes (healthy)
}

// Archive is how far a repository is behind.
type Archive struct {
	Repository string `json:"repository"`
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

// Backup is the newest one.
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
	URL     string
	// Outputs of a production stack; nil for other kinds.
	Outputs *config.OdooOutputs
	// Recorded: the local cloud keeps records only, nothing boots.
	Recorded bool
	// Droplet is the machine's status in the cloud, or "gone".
	Droplet func(ctx context.Context) (string, error)
	// Shell runs a command on the host.
	Shell func(ctx context.Context, cmd string) (string, error)
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
	return rows
}

func one(ctx context.Context, t Target, now time.Time) Row {
	r := Row{Stack: t.Stack, Kind: t.Kind, Exists: t.Exists, Updated: t.Updated, URL: t.URL, Host: "none"}
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
	if t.Outputs == nil {
		return r
	}
	r.ask(ctx, t, now)
	return r
}

// ask fills in what only the host and Odoo know; both at the same time.
func (r *Row) ask(ctx context.Context, t Target, now time.Time) {
	odoo := make(chan string, 1)
	go func() { odoo <- t.Health(ctx) }()
	out, err := t.Shell(ctx, question(*t.Outputs))
	if err != nil {
		r.Host = "unreachable"
		r.problem("the host does not answer: " + err.Error())
	} else {
		r.read(out, now)
	}
	r.Odoo = "pass"
	if bad := <-odoo; bad != "" {
		r.Odoo = "fail"
		r.problem("Odoo: " + bad)
	}
}

func (r *Row) problem(text string) { r.Problems = append(r.Problems, text) }
