package previewhost

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// Host is the previews' host: machines behind SSH, or the local cloud's records.
type Host interface {
	// Admit reserves room for a preview, or refuses with a *Refusal. Whoever
	// is admitted already keeps its place, and its template.
	Admit(ctx context.Context, r Request) (Admission, error)
	// Settle says that the preview's data now rests on this template alone
	// ("" for none): others it was admitted with may go.
	Settle(ctx context.Context, stack, template string) error
	// Extend says until when the preview now stays (RFC 3339), for alerts. No
	// place is no error.
	Extend(ctx context.Context, stack, expiresAt string) error
	// Release gives the place back. No place is no error.
	Release(ctx context.Context, stack string) error
	// Templates are the complete ones, newest first.
	Templates(ctx context.Context) ([]Template, error)
	// Publish makes a template and retires those that nobody uses.
	Publish(ctx context.Context, p Publication, say func(string)) (Published, error)
	// Receive makes a template of a cluster and files that come as a tar through
	// zstd, postgres/pgdata and filestore, and retires as Publish does.
	Receive(ctx context.Context, a Arrival, tarZstd io.Reader, say func(string)) (Published, error)
	// Inventory is all that belongs to previews on the host.
	Inventory(ctx context.Context) (Inventory, error)
	// Remove takes objects away that are marked with this backend's id and
	// still are what the inventory said, and no others.
	Remove(ctx context.Context, backend string, objects []Object) error
	// Logs are what a stack's containers said, the last of each.
	Logs(ctx context.Context, stack string) (string, error)
	// Close ends the connection.
	Close() error
}

// Request for a place.
type Request struct {
	Stack string `json:"stack"`
	// MB is what the preview reserves, BudgetMB what all may together.
	MB       int `json:"mb"`
	BudgetMB int `json:"budgetMb"`
	// Template is wanted by id; "newest" takes the newest unless the stack has
	// one already; empty wants none.
	Template string `json:"template"`
	// Reset takes the newest even if the stack has one.
	Reset     bool   `json:"reset"`
	Backend   string `json:"backend"`
	Owner     string `json:"owner"`
	Created   string `json:"created"`
	ExpiresAt string `json:"expiresAt"`
}

// Newest asks for the newest complete template.
const Newest = "newest"

// Admission is a place on the host.
type Admission struct {
	// Template under the data; nil without one.
	Template *Template `json:"template"`
	UsedMB   int       `json:"usedMb"` // with this one
}

// Admitted is one entry of the registry.
type Admitted struct {
	Stack     string   `json:"stack"`
	MB        int      `json:"mb"`
	Templates []string `json:"templates"`
	Backend   string   `json:"backend"`
	Owner     string   `json:"owner"`
	Created   string   `json:"created"`
	ExpiresAt string   `json:"expiresAt"`
	// DiskMB is what its volumes hold, where that is known.
	DiskMB int `json:"diskMb,omitempty"`
}

// Template is data to clone.
type Template struct {
	ID      string            `json:"id"`
	Created time.Time         `json:"created"`
	Source  string            `json:"source"` // fresh, or masked
	Images  map[string]string `json:"images"`
	Modules string            `json:"modules"`
	// UsedBy are the admitted stacks that rest on it.
	UsedBy []string `json:"usedBy,omitempty"`
}

// Publication is a template to make.
type Publication struct {
	ID      string            `json:"id"`
	Created time.Time         `json:"created"`
	Images  map[string]string `json:"images"` // odoo, postgres
	Modules string            `json:"modules"`
	Domain  string            `json:"domain"` // the template's own, of no preview
	// RegistryToken reads the images; empty reads without login.
	RegistryToken string `json:"registryToken"`
	Backend       string `json:"backend"`
	// Password of everything in it while it is made; each preview gets its own.
	Password string `json:"password"`
	OdooConf string `json:"odooConf"`
}

// Arrival is a template that was made elsewhere.
type Arrival struct {
	Template Template `json:"template"`
	// Bytes are what it takes on the disk.
	Bytes int64 `json:"bytes"`
	// RegistryToken reads its images; empty reads without login.
	RegistryToken string `json:"registryToken"`
}

// Published is a template made.
type Published struct {
	Template Template `json:"template"`
	Retired  []string `json:"retired"`
	// Seconds by phase.
	Seconds map[string]float64 `json:"seconds"`
}

// Object is a container, network or volume of a preview on the host, or its
// place there (kind admitted).
type Object struct {
	Kind    string            `json:"kind"` // container, network, volume, admitted, route
	Name    string            `json:"name"`
	Stack   string            `json:"stack"`
	Backend string            `json:"backend"`
	Created string            `json:"created"` // RFC 3339
	Labels  map[string]string `json:"labels,omitempty"`
	// ID is the record's where nothing boots.
	ID string `json:"id,omitempty"`
}

// Inventory of the host.
type Inventory struct {
	Objects  []Object   `json:"objects"`
	Admitted []Admitted `json:"admitted"`
}

// Of is what belongs to one stack.
func (i Inventory) Of(stack string) []Object {
	var of []Object
	for _, o := range i.Objects {
		if o.Stack == stack {
			of = append(of, o)
		}
	}
	return of
}

// decode reads the host's one JSON value.
func decode[T any](raw json.RawMessage) (T, error) {
	var t T
	err := json.Unmarshal(raw, &t)
	return t, err
}
