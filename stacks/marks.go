package stacks

import (
	"maps"
	"time"
)

// marks say whose something is, beyond its stack: the sweep goes by them.
type marks struct {
	kind, backend, owner string
	// created is RFC 3339.
	created string
	// pr is a preview's number, for its logs and metrics.
	pr string
}

// labels are those of Docker's objects.
func (m marks) labels() map[string]string {
	return map[string]string{"kind": m.kind, "backend": m.backend, "owner": m.owner, "created": m.created, "pr": m.pr}
}

// tags are those of droplets and volumes. A tag takes no dots and no plus, so
// the time is written without.
func (m marks) tags() map[string]string {
	tags := maps.Clone(m.labels())
	delete(tags, "kind") // host.Tags has it
	delete(tags, "pr")   // nobody looks for it: the stack's name says it
	if at, err := time.Parse(time.RFC3339, m.created); err == nil {
		tags["created"] = at.UTC().Format("20060102T150405Z")
	}
	return tags
}
