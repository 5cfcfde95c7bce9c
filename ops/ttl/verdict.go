package ttl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/stacks/config"
)

// The reasons for what a sweep does with a thing.
const (
	Expired  = "expired"
	Closed   = "closed"   // its pull request
	Orphan   = "orphan"   // marked as ours, and no stack has it
	Living   = "living"   // not yet
	Invalid  = "invalid"  // no expiry that could be read
	Refused  = "refused"  // of a kind that no sweep may take
	Foreign  = "foreign"  // not of this backend
	Young    = "young"    // an orphan of less than an hour: perhaps just being made
	Unmarked = "unmarked" // it looks like a preview's, and says not enough
)

// What was done.
const (
	Removed = "removed"
	Kept    = "kept"
	Locked  = "locked" // somebody is at work on it
	Failed  = "failed" // the next sweep tries again
)

// Row is one thing that the sweep looked at.
type Row struct {
	What      string `json:"what"` // stack, droplet, volume, record, container, network, admitted …
	Name      string `json:"name"`
	Stack     string `json:"stack,omitempty"`
	Reason    string `json:"reason"`
	Action    string `json:"action"`
	ExpiresAt string `json:"expiresAt,omitempty"`
	Detail    string `json:"detail,omitempty"`

	orphan *Thing
}

// swept says whether a stack of this kind and name may ever be taken by the
// sweep of a zone. It goes by the name and the kind, never by a tag: tags can
// be set by hand.
func swept(zone config.Zone, kind, stack string) bool {
	switch {
	case stack == "platform" || stack == "production":
		return false
	case zone == config.Previews:
		return project.IsPreview(stack)
	}
	return kind == config.KindStaging || kind == config.KindRestore
}

// judge says what is to be done with a stack. closed are the pull requests
// that are known to be.
func judge(zone config.Zone, kind, stack string, tags map[string]string, closed map[int]bool, now time.Time) Row {
	r := Row{What: "stack", Name: stack, Stack: stack, Action: Kept, Reason: Living, ExpiresAt: tags[index.ExpiresAt]}
	if !swept(zone, kind, stack) {
		if tags[index.ExpiresAt] != "" {
			r.Reason, r.Detail = Refused, "it carries an expiry, and is of a kind that no sweep takes"
		}
		return r
	}
	if number := numberOf(stack); closed[number] {
		r.Reason, r.Detail = Closed, fmt.Sprintf("pull request %d is closed", number)
		return r
	}
	at, err := index.Expiry(tags)
	switch {
	case err != nil:
		r.Reason, r.Detail = Invalid, err.Error()
	case !now.Before(at):
		r.Reason = Expired
	}
	return r
}

func numberOf(stack string) int {
	var n int
	if project.IsPreview(stack) {
		_, _ = fmt.Sscanf(stack, "preview-pr-%d", &n)
	}
	return n
}

// Thing is something in the cloud or on the host that may have no stack.
type Thing struct {
	What    string // droplet, volume, record, container, network, volume on the host, admitted
	Name    string
	ID      string
	Stack   string
	Kind    string
	Backend string
	Created time.Time // zero when it does not say
	Extra   any       // what its remover needs
}

// minimumAge is what something without a stack must be to be nobody's: a stack
// is there before anything of it, but a backend may be read a moment late.
const minimumAge = time.Hour

// consider says whether a thing is an orphan. known are the stacks of this
// backend, locked those that somebody works on.
func consider(t Thing, backend string, known, locked []string, now time.Time) Row {
	r := Row{What: t.What, Name: t.Name, Stack: t.Stack, Action: Kept}
	switch {
	case slices.Contains(known, t.Stack) || slices.Contains(locked, t.Stack):
		r.Reason = Living
	case t.Kind != config.KindPreview && t.Kind != config.KindRestore:
		r.Reason, r.Detail = Refused, "of kind "+t.Kind
	case backend == "" || t.Backend == "" || t.Stack == "":
		r.Reason, r.Detail = Unmarked, "it says not whose it is"
	case t.Backend != backend:
		r.Reason, r.Detail = Foreign, "of backend "+t.Backend
	case t.Created.IsZero():
		r.Reason, r.Detail = Unmarked, "it says not how old it is"
	case now.Sub(t.Created) < minimumAge:
		r.Reason = Young
	default:
		r.Reason, r.orphan = Orphan, &t
	}
	return r
}

// marks reads odooops:… tags of droplets and volumes.
func marks(tags []string) (m map[string]string) {
	m = map[string]string{}
	for _, t := range tags {
		if rest, ok := strings.CutPrefix(strings.ToLower(t), "odooops:"); ok {
			if key, value, ok := strings.Cut(rest, ":"); ok {
				m[key] = value
			}
		}
	}
	return m
}

// age reads a mark's time: the compact form of tags, or RFC 3339.
func age(text string) time.Time {
	for _, layout := range []string{"20060102t150405z", "20060102T150405Z", time.RFC3339Nano} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}
