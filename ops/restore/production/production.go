package production

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/generation"
	"github.com/odooops/odooops/ops/ledger"
	"github.com/odooops/odooops/stacks/config"
)

// Request is what to restore: restore.json of the image's command.
type Request struct {
	// Repo is the repository's number.
	Repo int `json:"repo"`
	// Backup is a label; empty is the newest, or the one before At.
	Backup string `json:"backup"`
	// At is the point in time, RFC 3339; empty is the last that was archived.
	At string `json:"at"`
	// RepoAt reads a versioned repository as it was then, RFC 3339.
	RepoAt string `json:"repoAt"`
}

// Options of a restore.
type Options struct {
	Stack   string
	Out     config.OdooOutputs
	Machine Machine
	// Archive is archive.json of the Postgres image, with keys that read. Secret.
	Archive any
	Request Request
	// Foreign says that the archive is not the stack's own: it is the kit's.
	Foreign bool
	// Fenced says that the machine is new, and what it serves nobody's data.
	Fenced bool
	// Reuse takes files from the generation that is served: not after an attack.
	Reuse bool
	Own   generation.Own

	// Erase does again what was erased since; Backup makes full backups in all
	// repositories; Smoke looks at the stack as its users do.
	Erase  func(context.Context) (int, error)
	Backup func(context.Context) error
	Smoke  func(context.Context) error
	Say    func(string)
}

// Result of a restore.
type Result struct {
	Stack      string   `json:"stack"`
	Generation string   `json:"generation"`
	Before     string   `json:"before"` // the generation that was served
	Resumed    bool     `json:"resumed,omitempty"`
	Restored   Restored `json:"restored"`
	Found      Found    `json:"found"`
	Files      Files    `json:"files"`
	// DownSeconds is how long nothing was served.
	DownSeconds float64 `json:"downSeconds"`
	Erased      int     `json:"erased"`
	// Retired are old generations that were removed.
	Retired []string           `json:"retired,omitempty"`
	Seconds map[string]float64 `json:"seconds"` // by step
}

// Restored is what the image says of the cluster it restored.
type Restored struct {
	Backup     string `json:"backup"`
	Timeline   int    `json:"timeline"`
	LastCommit string `json:"lastCommit"`
	StoppedAt  string `json:"stoppedAt"`
	// Annotations say what ran when the backup was made.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Found is what is in it.
type Found struct {
	Files  int    `json:"files"`
	Tables int    `json:"tables"`
	Rows   int64  `json:"rows"`
	Users  int64  `json:"users"`
	Base   string `json:"base"` // Odoo's version of the base module
}

// Files of the restored rows.
type Files struct {
	Wanted  int      `json:"wanted"`
	Files   int      `json:"files"` // fetched
	Bytes   int64    `json:"bytes"`
	Missing []string `json:"missing"`
	Corrupt []string `json:"corrupt"`
}

// archiveSeconds is how long the last segment may take to both repositories.
const archiveSeconds = 60

type begun struct {
	Key     string `json:"key"`
	Served  string `json:"served"`
	Resumed bool   `json:"resumed"`
}

// Run restores.
func Run(ctx context.Context, o Options) (Result, error) {
	r := Result{Stack: o.Stack, Seconds: map[string]float64{}}
	b, err := o.begin(ctx)
	if err != nil {
		return r, err
	}
	if r.Resumed = b.Resumed; b.Resumed {
		o.Say("going on with the restore that was interrupted")
	}
	started := time.Now()
	if b.Served == "" {
		if err := o.bring(ctx, b.Key, &r); err != nil {
			return r, o.standBack(ctx, r, err)
		}
	} else {
		r.Generation = b.Served
	}
	r.DownSeconds = time.Since(started).Round(time.Millisecond).Seconds()
	return r, o.settle(ctx, &r)
}

// begin asks the host whether this restore has begun already. Its key comes
// with the answer, so that only the same wish goes on with what is there.
func (o Options) begin(ctx context.Context) (b begun, err error) {
	key := make([]byte, 6)
	if _, err := rand.Read(key); err != nil {
		return b, err
	}
	wanted, err := json.Marshal(struct {
		Request
		Foreign bool `json:"foreign"`
	}{o.Request, o.Foreign})
	if err != nil {
		return b, err
	}
	newest := ""
	if o.Request.At == "" && o.Request.Backup == "" && o.Request.RepoAt == "" {
		newest = "yes"
	}
	return b, o.Machine.Ask(ctx, "begin", map[string]string{
		"wanted": string(wanted), "key": hex.EncodeToString(key), "by": ledger.Who(),
		"newest": newest, "odoo": o.Out.Containers["odoo"],
	}, &b, o.Say)
}

// bring makes the new generation and switches to it.
func (o Options) bring(ctx context.Context, key string, r *Result) error {
	list, err := o.Machine.List(ctx)
	if err != nil {
		return err
	}
	r.Before = list.Current
	place, err := o.Machine.Prepare(ctx, generation.Making{Key: key, NeedBytes: o.need(list)})
	if err != nil {
		return err
	}
	r.Generation = place.ID
	if !place.Finished {
		if err := o.fill(ctx, r); err != nil {
			return err
		}
	}
	return r.step("switch", func() error {
		if _, err := o.Machine.Flip(ctx, r.Generation, generation.StartOrder(o.Out.Containers), o.Say); err != nil {
			return err
		}
		return o.Machine.Ask(ctx, "served", map[string]string{"id": r.Generation}, nil, o.Say)
	})
}

// need is what the new generation will take: about what the old one does.
func (o Options) need(list generation.Listing) int64 {
	for _, g := range list.Generations {
		if g.Current {
			return g.Bytes
		}
	}
	return 0
}

func (o Options) fill(ctx context.Context, r *Result) error {
	image := o.Out.Images.Postgres
	wait := archiveSeconds
	if o.Fenced {
		wait = 0 // what runs there is an empty database that nobody keeps
	}
	network := o.Stack + "-archive"
	of := func(more map[string]any) map[string]any {
		more["id"], more["image"], more["network"], more["archive"], more["database"] = r.Generation, image, network, o.Archive, o.Out.Database
		return more
	}
	steps := []struct {
		name string
		run  func() error
	}{
		{"stop", func() error {
			return o.Machine.Ask(ctx, "quiet", map[string]any{
				"postgres": o.Out.Containers["postgres"], "backup": o.Out.Containers["backup"],
				"odoo": o.Out.Containers["odoo"], "waitSeconds": wait,
			}, nil, o.Say)
		}},
		{"restore", func() error {
			if err := o.Machine.Ask(ctx, "restore", of(map[string]any{"request": o.Request}), &r.Restored, o.Say); err != nil {
				return err
			}
			return fits(o.Stack, r.Restored, o.Out.Images.Odoo)
		}},
		{"inspect", func() error { return o.Machine.Ask(ctx, "inspect", of(map[string]any{}), &r.Found, o.Say) }},
		{"files", func() error {
			return o.Machine.Ask(ctx, "files", of(map[string]any{
				"reuse": o.Reuse, "repo": o.Request.Repo, "at": o.Request.RepoAt,
			}), &r.Files, o.Say)
		}},
		{"adopt", func() error { return o.Machine.Adopt(ctx, r.Generation, image, o.Own, o.Say) }},
		{"finish", func() error {
			return o.Machine.Finish(ctx, r.Generation, generation.Generation{
				Source: o.Stack, Backup: r.Restored.Backup, At: o.Request.At, By: ledger.Who(),
			})
		}},
	}
	for _, s := range steps {
		if err := r.step(s.name, s.run); err != nil {
			return err
		}
	}
	if n := len(r.Files.Missing) + len(r.Files.Corrupt); n > 0 {
		o.Say(fmt.Sprintf("warning: %d files that rows name are not in repository %d; --json lists them", n, o.Request.Repo))
	}
	return nil
}

// fits refuses data under code that it was not made by. A backup that does not
// say which that is may be older than the annotations.
func fits(stack string, r Restored, image string) error {
	was := r.Annotations["odoo-image"]
	if was == "" || digestOf(was) == digestOf(image) {
		return nil
	}
	return fmt.Errorf("backup %s was made with Odoo's image %s, and the stack runs %s: code and data belong together. Run odooops up %s --image odoo=%s first",
		r.Backup, was, image, stack, was)
}

func digestOf(image string) string {
	_, digest, _ := strings.Cut(image, "@")
	return digest
}

func (r *Result) step(name string, run func() error) error {
	began := time.Now()
	err := run()
	r.Seconds[name] = time.Since(began).Round(10 * time.Millisecond).Seconds()
	return err
}

// standBackLimit is enough for containers to get healthy.
const standBackLimit = 6 * time.Minute

// standBack serves the old generation again. What was made so far stays only
// for a run that was interrupted: a failed one must not fill the disk.
func (o Options) standBack(ctx context.Context, r Result, cause error) error {
	interrupted := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), standBackLimit)
	defer cancel()
	what := "restore " + o.Stack
	if err := o.Machine.Ask(ctx, "resume", map[string]any{"containers": generation.StartOrder(o.Out.Containers)}, nil, o.Say); err != nil {
		return fault.New(what, "run it again: it goes on; or odooops up "+o.Stack+" to serve what was there before",
			fmt.Errorf("%w; and what was served before could not be started again: %w", cause, err))
	}
	list, err := o.Machine.List(ctx)
	if interrupted || err != nil {
		return fault.New(what, "run it again: it goes on where it stopped", cause)
	}
	if r.Generation != "" && list.Current == r.Generation {
		// The connection broke, the switch went on.
		return o.unsettled(cause)
	}
	if r.Generation != "" {
		if err := o.Machine.Discard(ctx, r.Generation); err != nil {
			o.Say("warning: " + err.Error())
		}
	}
	if err := o.Machine.Ask(ctx, "end", nil, nil, nil); err != nil {
		o.Say("warning: " + err.Error())
	}
	return fault.New(what, "nothing was changed, "+o.Stack+" serves what it served before; odooops backup list "+o.Stack+" tells what can be restored", cause)
}

// settle is what follows the switch: erasures again, new backups, a look.
func (o Options) settle(ctx context.Context, r *Result) error {
	if o.Foreign || o.Fenced {
		// The cluster is another one than the stanza was made for; after a fence
		// where a repository had lost its stanza, and the empty one made it.
		if err := o.exec(ctx, "backup", "postgres", "/usr/local/lib/odooops/upgrade-stanza"); err != nil {
			return o.unsettled(err)
		}
	}
	if err := r.step("erase", func() (err error) { r.Erased, err = o.Erase(ctx); return err }); err != nil {
		return o.unsettled(err)
	}
	if err := r.step("backup", func() error { return o.Backup(ctx) }); err != nil {
		return o.unsettled(err)
	}
	if err := r.step("smoke", func() error { return o.Smoke(ctx) }); err != nil {
		return o.unsettled(err)
	}
	var err error
	if r.Retired, err = o.Machine.Retire(ctx, generation.Keep); err != nil {
		o.Say("warning: " + err.Error())
	}
	return o.Machine.Ask(ctx, "end", nil, nil, nil)
}

func (o Options) unsettled(cause error) error {
	return fault.New("end the restore of "+o.Stack,
		"correct that and run it again: it goes on here. Going back: odooops restore "+o.Stack+" --rollback --confirm "+o.Stack,
		fmt.Errorf("the restored data is served, but %w", cause))
}

func (o Options) exec(ctx context.Context, role, user string, command ...string) error {
	return o.Machine.Ask(ctx, "execute", map[string]any{
		"container": o.Out.Containers[role], "user": user, "command": command,
	}, nil, o.Say)
}
