package production

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/generation"
)

// Back is a way back to the generation that was served before.
type Back struct {
	Stack string `json:"stack"`
	From  string `json:"from"`
	To    string `json:"to"`
	// Since is when To was last served: what was committed later is dropped.
	Since time.Time `json:"since"`
	// Rows made or changed since, by table; nil when no server answers.
	Rows    map[string]int64 `json:"rows"`
	Retired []string         `json:"retired,omitempty"`
}

// Drops says what going back costs.
func (b Back) Drops(now time.Time) string {
	text := fmt.Sprintf("going back from %s to %s drops all that was committed since %s (%s)",
		b.From, b.To, b.Since.Format(time.RFC3339), now.Sub(b.Since).Round(time.Second))
	if b.Rows == nil {
		return text + "; nobody could be asked how many rows that is"
	}
	total := int64(0)
	for _, n := range b.Rows {
		total += n
	}
	tables := slices.SortedFunc(maps.Keys(b.Rows), func(x, y string) int {
		if b.Rows[x] != b.Rows[y] {
			return int(b.Rows[y] - b.Rows[x])
		}
		return strings.Compare(x, y)
	})
	var most []string
	for _, t := range tables[:min(5, len(tables))] {
		most = append(most, fmt.Sprintf("%s %d", t, b.Rows[t]))
	}
	text += fmt.Sprintf(": %d rows made or changed", total)
	if len(most) > 0 {
		text += ", most of them in " + strings.Join(most, ", ")
	}
	return text
}

// LookBack finds the way back and what it costs.
func LookBack(ctx context.Context, o Options) (Back, error) {
	b := Back{Stack: o.Stack}
	list, err := o.Machine.List(ctx)
	if err != nil {
		return b, err
	}
	before := list.Before()
	if i := list.Interrupted; i != nil && i.From == list.Current {
		before = nil
	}
	if before == nil {
		return b, fault.Usage("roll "+o.Stack+" back", "odooops backup list "+o.Stack+" tells what can be restored",
			"no generation on its host was served before %s", list.Current)
	}
	b.From, b.To, b.Since = list.Current, before.ID, before.Served
	var newer struct {
		Rows map[string]int64 `json:"rows"`
	}
	err = o.Machine.Ask(ctx, "newer", map[string]string{
		"postgres": o.Out.Containers["postgres"], "database": o.Out.Database, "since": b.Since.UTC().Format(time.RFC3339),
	}, &newer, nil)
	b.Rows = newer.Rows
	return b, err
}

// Rollback serves the generation that was served before, erases again what was
// erased since, and makes new backups: its timeline is the older one.
func Rollback(ctx context.Context, o Options, b Back) error {
	if _, err := o.Machine.Flip(ctx, b.To, generation.StartOrder(o.Out.Containers), o.Say); err != nil {
		return err
	}
	if err := o.Machine.Ask(ctx, "end", nil, nil, nil); err != nil {
		return err
	}
	if _, err := o.Erase(ctx); err != nil {
		return fault.New("end the rollback of "+o.Stack, "correct that, then run odooops backup run "+o.Stack, fmt.Errorf("%s is served, but %w", b.To, err))
	}
	if err := o.Backup(ctx); err != nil {
		return fault.New("end the rollback of "+o.Stack, "run odooops backup run "+o.Stack, fmt.Errorf("%s is served, but %w", b.To, err))
	}
	return nil
}
