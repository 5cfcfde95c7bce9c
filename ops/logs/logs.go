package logs

import (
	"context"
	_ "embed" // logs.py
	"errors"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/watch"
)

// Options of one reading.
type Options struct {
	Query
	// Since is where it begins.
	Since time.Time
	// Until is where it ends; zero is now.
	Until time.Time
	// Limit is how many lines are shown at most, the newest ones; 0 is all.
	Limit int
	// Follow goes on with what comes, until ctx ends.
	Follow bool

	// Page is how many lines are asked for at once; 0 is the script's own.
	Page int
	// Poll is how often a follower asks; 0 is once a second.
	Poll time.Duration
}

// Found is what came.
type Found struct {
	Lines int
	// Older says that there were more before them than the limit lets through.
	Older bool
}

//go:embed files/logs.py
var script string

type request struct {
	Loki   watch.Service `json:"loki"`
	Query  string        `json:"query"`
	Start  int64         `json:"start"` // ns
	End    int64         `json:"end"`   // ns; 0 is now
	Limit  int           `json:"limit"`
	Follow bool          `json:"follow"`
	Page   int           `json:"page"`
	Poll   float64       `json:"poll"` // seconds
}

// silence is how long a follower hears nothing, not even that the script is
// there, before it takes the connection for dead.
const silence = time.Minute

// Read gives every line to each, once, the oldest first. Lines that come while
// it follows may be a few seconds late, and out of order; those that come later
// than ten seconds are found by reading again.
func Read(ctx context.Context, host watch.Host, o Options, each func(Line) error, say func(string)) (Found, error) {
	what := "logs of " + o.Stack
	query, err := o.LogQL()
	if err != nil {
		return Found{}, err
	}
	req := request{
		Loki: host.Loki(), Query: query, Start: o.Since.UnixNano(), Limit: o.Limit,
		Follow: o.Follow, Page: o.Page, Poll: o.Poll.Seconds(),
	}
	if !o.Until.IsZero() {
		req.End = o.Until.UnixNano()
	}
	if req.Poll == 0 {
		req.Poll = 1
	}
	within, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &reader{stack: o.Stack, each: each, heard: func() {}, stop: func() { stop(nil) }}
	if o.Follow {
		dead := time.AfterFunc(silence, func() { stop(errSilent) })
		defer dead.Stop()
		r.heard = func() { dead.Reset(silence) }
	}
	err = host.Stream(within, "search the logs", watch.Source(script), req, nil, r, say)
	switch told := (*fault.Fault)(nil); {
	case r.err != nil:
		return r.found, fault.New(what, "", r.err)
	case errors.Is(context.Cause(within), errSilent):
		return r.found, fault.New(what, "run it again", errSilent)
	case o.Follow && ctx.Err() != nil:
		return r.found, nil // whoever followed has seen enough
	case errors.As(err, &told) && told.Next != "":
		return r.found, err
	case err != nil:
		return r.found, fault.New(what, "run odooops status: it says whether the observability host is there", err)
	}
	return r.found, nil
}

var errSilent = errors.New("the observability host is silent; the connection to it may be dead")
