package generation

import (
	"context"
	_ "embed" // common.py, generation.py
	"io"
	"time"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/stacks/config"
)

// Keep is how many generations stay besides the current one.
const Keep = 2

// Generation is one complete state of a stack's data.
type Generation struct {
	ID   string    `json:"id"` // gen-0002
	Made time.Time `json:"made"`
	// Source is the stack whose data it is, "new" for a database made in place.
	Source string `json:"source"`
	// Backup is the label it was restored from, At the point in time asked for.
	Backup string `json:"backup,omitempty"`
	At     string `json:"at,omitempty"`
	By     string `json:"by,omitempty"`
	// Key is of the run that made it.
	Key string `json:"key,omitempty"`
	// Bytes on disk, shared ones counted too.
	Bytes   int64 `json:"bytes"`
	Current bool  `json:"current"`
	// Served is until when it was served, of the current one since when; zero
	// when never.
	Served time.Time `json:"served,omitzero"`
}

// Listing is all that is on the host.
type Listing struct {
	Generations []Generation `json:"generations"` // newest first
	Current     string       `json:"current"`
	FreeBytes   int64        `json:"freeBytes"`
	// Partial are the ones that somebody fills, or stopped filling.
	Partial []string `json:"partial"`
	// Interrupted is a switch that a kill left half done; nil without one.
	Interrupted *Switch `json:"interrupted,omitempty"`
}

// Before is the generation that was served before the current one; nil without.
func (l Listing) Before() *Generation {
	var before *Generation
	for i, g := range l.Generations {
		if !g.Current && !g.Served.IsZero() && (before == nil || g.Served.After(before.Served)) {
			before = &l.Generations[i]
		}
	}
	return before
}

// Switch is from which generation to which.
type Switch struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Making is what Prepare needs to know.
type Making struct {
	// Key is the run's: the same run, tried again, goes on with its generation.
	Key string `json:"key"`
	// NeedBytes is what it will take on the disk.
	NeedBytes int64 `json:"needBytes"`
}

// Prepared is a place for a generation.
type Prepared struct {
	ID  string `json:"id"`
	Dir string `json:"dir"` // to be filled; of a finished one its final place
	// Resumed says that an earlier try of the run made it, Finished that it is
	// complete already.
	Resumed  bool `json:"resumed"`
	Finished bool `json:"finished"`
}

// Own is what makes restored rows a stack's own. What is empty stays as it is.
type Own struct {
	Database         string `json:"database"`
	User             string `json:"odooUser"`
	Password         string `json:"databasePassword"` // of User
	PostgresPassword string `json:"postgresPassword"`

	AdminLogin        string `json:"adminLogin,omitempty"`
	AdminPasswordHash string `json:"adminPasswordHash,omitempty"` // as passlib writes it
	URL               string `json:"url,omitempty"`
	Domain            string `json:"domain,omitempty"` // behind the @ of the mail aliases
	UUID              string `json:"uuid,omitempty"`   // with it comes a new database.secret
}

// Host is a stack's data on its host.
type Host struct {
	Script *hostscript.Host
	Stack  string
}

// Open names the host; the first question connects.
func Open(access sshaccess.Access, stack string) *Host {
	return &Host{Script: &hostscript.Host{Access: access, Name: "the host of " + stack}, Stack: stack}
}

// Close ends the connection.
func (h *Host) Close() error { return h.Script.Close() }

// StartOrder are the containers that work on the data, in the order to start them.
func StartOrder(containers map[string]string) []string {
	var names []string
	for _, role := range []string{"postgres", "backup", "odoo"} {
		if name := containers[role]; name != "" {
			names = append(names, name)
		}
	}
	return names
}

// List tells what there is.
func (h *Host) List(ctx context.Context) (l Listing, err error) {
	return l, h.ask(ctx, "list", nil, &l, nil)
}

// Prepare makes an empty generation beside the others, or finds the run's own.
func (h *Host) Prepare(ctx context.Context, m Making) (p Prepared, err error) {
	return p, h.ask(ctx, "prepare", m, &p, nil)
}

// Receive fills a partial generation from a tar stream compressed by zstd. The
// postgres image unpacks it, in a container that sees nothing else.
func (h *Host) Receive(ctx context.Context, id, image string, tarZstd io.Reader, say func(string)) error {
	return h.Script.Stream(ctx, "receive "+id, Source(script), h.request("receive", map[string]string{"id": id, "image": image}), tarZstd, nil, say)
}

// Adopt makes a partial generation's rows the stack's own.
func (h *Host) Adopt(ctx context.Context, id, image string, own Own, say func(string)) error {
	return h.ask(ctx, "adopt", map[string]any{"id": id, "image": image, "own": own}, nil, say)
}

// Finish makes a partial generation a complete one.
func (h *Host) Finish(ctx context.Context, id string, g Generation) error {
	return h.ask(ctx, "finish", map[string]any{"id": id, "generation": g}, nil, nil)
}

// Flipped is a switch that was made.
type Flipped struct {
	Switch
	// Seconds during which nothing was served.
	Seconds float64 `json:"seconds"`
}

// Flip stops the containers, last first, switches, and starts them. One that
// does not get healthy has everything switched back.
func (h *Host) Flip(ctx context.Context, id string, containers []string, say func(string)) (f Flipped, err error) {
	return f, h.ask(ctx, "flip", map[string]any{"id": id, "containers": containers}, &f, say)
}

// Discard removes a generation that is not current.
func (h *Host) Discard(ctx context.Context, id string) error {
	return h.ask(ctx, "discard", map[string]any{"id": id}, nil, nil)
}

// Retire removes all but the newest of the generations that are not current.
func (h *Host) Retire(ctx context.Context, keep int) (gone []string, err error) {
	return gone, h.ask(ctx, "retire", map[string]any{"keep": keep}, &gone, nil)
}

//go:embed files/common.py
var common string

// script is all verbs: which one is part of the request.
//
//go:embed files/generation.py
var script string

// Source is a script that works on a stack's generations.
func Source(part string) string { return hostscript.Source(common, part) }

func (h *Host) request(verb string, request any) map[string]any {
	return map[string]any{"stack": h.Stack, "verb": verb, "request": request}
}

func (h *Host) ask(ctx context.Context, verb string, request, answer any, say func(string)) error {
	return h.Script.Ask(ctx, verb+" a generation of "+h.Stack, Source(script), h.request(verb, request), answer, say)
}

// HostOf opens the host of a stack with its outputs.
func HostOf(out config.OdooOutputs, operatorKey, stack string) *Host {
	return Open(out.Access(operatorKey), stack)
}
