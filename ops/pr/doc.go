// Package pr is the life of a pull request's preview: up, down, list. A
// preview's stack has no file in the checkout; what it is made of is the
// committed pattern Pulumi.preview.yaml and what is said here about this one,
// so any runner that has the zone's key makes the same.
//
// It owns the order of things: a place on the host before anything is
// declared, an expiry before anything runs, the place given back only when
// nothing is left on the host. It declares no resources; stacks does.
package pr
