package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/stacks/config"
)

// markerName is beside the engine's own folder .pulumi.
const markerName = "odooops-backend.json"

// stacksDir is where the engine keeps a stack's state, one file each.
const stacksDir = ".pulumi/stacks/" + project.Name + "/"

// Marker says whose a backend is.
type Marker struct {
	ID   string      `json:"id"` // UUID
	Zone config.Zone `json:"zone"`
}

// Backend is a zone's, open.
type Backend struct {
	URL   string
	files store
}

// store is the little that a folder and a bucket have in common. Names are
// slash-separated and relative.
type store interface {
	// read of what is not there is fs.ErrNotExist.
	read(ctx context.Context, name string) ([]byte, error)
	// write is whole or not at all.
	write(ctx context.Context, name string, content []byte) error
	// list is every name that begins with the prefix.
	list(ctx context.Context, prefix string) ([]string, error)
	// remove of what is not there is no error.
	remove(ctx context.Context, name string) error
}

// Open takes the engine's environment: the backend's URL, and for a bucket its key.
func Open(env map[string]string) (*Backend, error) {
	url := env["PULUMI_BACKEND_URL"]
	if dir, ok := strings.CutPrefix(url, "file://"); ok {
		return &Backend{URL: url, files: folder(dir)}, nil
	}
	if strings.HasPrefix(url, "s3://") {
		b, err := openBucket(url, func(name string) string { return env[name] })
		return &Backend{URL: url, files: b}, err
	}
	return nil, fault.Usage("open the backend "+url, "use file:///DIR or s3://BUCKET?endpoint=…", "it is of a kind that odooops does not know")
}

// Marker is nil where nobody has marked the backend.
func (b *Backend) Marker(ctx context.Context) (*Marker, error) {
	text, err := b.files.read(ctx, markerName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the mark of %s: %w", b.URL, err)
	}
	var m Marker
	if err := json.Unmarshal(text, &m); err != nil || m.ID == "" {
		return nil, fault.Newf("read the mark of "+b.URL, "restore "+markerName+" there", "it is no mark of odooops")
	}
	return &m, nil
}

// Mark makes it the zone's.
func (b *Backend) Mark(ctx context.Context, m Marker) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := b.files.write(ctx, markerName, append(text, '\n')); err != nil {
		return fmt.Errorf("mark %s: %w", b.URL, err)
	}
	return nil
}

// Stacks are the names of those in it, without a start of the CLI.
func (b *Backend) Stacks(ctx context.Context) ([]string, error) {
	names, err := b.files.list(ctx, stacksDir)
	if err != nil {
		return nil, fmt.Errorf("list the stacks of %s: %w", b.URL, err)
	}
	stacks := []string{}
	for _, name := range names {
		stack, ok := strings.CutSuffix(strings.TrimPrefix(name, stacksDir), ".json")
		if ok && !strings.Contains(stack, "/") {
			stacks = append(stacks, stack)
		}
	}
	sort.Strings(stacks)
	return stacks, nil
}

// Check refuses a backend that is not the zone's own: what is not in it would
// be made again, or taken for nobody's.
func (b *Backend) Check(ctx context.Context, zone config.Zone, id string) error {
	m, err := b.Marker(ctx)
	if err != nil {
		return err
	}
	what := "use the backend of zone " + string(zone)
	switch {
	case m == nil:
		return fault.Newf(what, "run odooops init", "%s carries no mark", b.URL)
	case m.Zone != zone:
		return fault.Newf(what, "correct zones.yaml, or PULUMI_BACKEND_URL and "+project.ZoneVar, "%s is that of zone %s", b.URL, m.Zone)
	case m.ID != id:
		return fault.Newf(what, "correct zones.yaml or PULUMI_BACKEND_URL; odooops:backendId in the stack files is "+id,
			"%s is another one: its mark is %s", b.URL, m.ID)
	}
	return nil
}
