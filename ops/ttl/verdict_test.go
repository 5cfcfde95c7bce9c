package ttl

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/stacks/config"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func ends(at time.Time) map[string]string {
	return map[string]string{index.ExpiresAt: at.Format(time.RFC3339)}
}

func TestWhatASweepDoesWithAStack(t *testing.T) {
	past, future := ends(now.Add(-time.Second)), ends(now.Add(time.Second))
	closed := map[int]bool{7: true}
	for name, c := range map[string]struct {
		zone        config.Zone
		kind, stack string
		tags        map[string]string
		closed      map[int]bool
		want        string
	}{
		"a living preview":                     {config.Previews, "preview", "preview-pr-7", future, nil, Living},
		"at its end it is expired":             {config.Previews, "preview", "preview-pr-7", ends(now), nil, Expired},
		"an expired one":                       {config.Previews, "preview", "preview-pr-7", past, nil, Expired},
		"one whose pull request is closed":     {config.Previews, "preview", "preview-pr-7", future, closed, Closed},
		"closed, and with no readable end":     {config.Previews, "preview", "preview-pr-7", nil, closed, Closed},
		"without an end":                       {config.Previews, "preview", "preview-pr-8", nil, closed, Invalid},
		"with an end that is no time":          {config.Previews, "preview", "preview-pr-8", map[string]string{index.ExpiresAt: "soon"}, nil, Invalid},
		"the host lives for ever":              {config.Previews, "preview-host", "preview-host", nil, nil, Living},
		"the host, tagged by hand":             {config.Previews, "preview-host", "preview-host", past, nil, Refused},
		"production in the wrong zone":         {config.Previews, "production", "production", past, nil, Refused},
		"production, whatever its file says":   {config.Core, "staging", "production", past, nil, Refused},
		"a platform, tagged by hand":           {config.Core, "platform", "acme", past, nil, Refused},
		"a second production, tagged by hand":  {config.Core, "production", "acme", past, nil, Refused},
		"a staging that is over":               {config.Core, "staging", "staging", past, nil, Expired},
		"a preview's name in the wrong zone":   {config.Core, "preview", "preview-pr-7", past, nil, Refused},
		"a stack of this zone without a file":  {config.Core, "", "left-over", past, nil, Refused},
		"a staging without an end is reported": {config.Core, "staging", "staging", nil, nil, Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, judge(c.zone, c.kind, c.stack, c.tags, c.closed, now).Reason)
		})
	}
}

func TestWhatIsAnOrphan(t *testing.T) {
	good := Thing{What: "droplet", Name: "x", Stack: "preview-pr-9", Kind: "preview", Backend: "ours", Created: now.Add(-2 * time.Hour)}
	change := func(f func(*Thing)) Thing {
		t := good
		f(&t)
		return t
	}
	for name, c := range map[string]struct {
		thing Thing
		want  string
	}{
		"ours, old, and of no stack": {good, Orphan},
		"of a restore":               {change(func(t *Thing) { t.Kind = config.KindRestore }), Orphan},
		"its stack is there":         {change(func(t *Thing) { t.Stack = "preview-pr-1" }), Living},
		"its stack is locked":        {change(func(t *Thing) { t.Stack = "preview-pr-2" }), Living},
		"of another backend":         {change(func(t *Thing) { t.Backend = "theirs" }), Foreign},
		"of production":              {change(func(t *Thing) { t.Kind = "production" }), Refused},
		"less than an hour old":      {change(func(t *Thing) { t.Created = now.Add(-59 * time.Minute) }), Young},
		"it says not whose it is":    {change(func(t *Thing) { t.Backend = "" }), Unmarked},
		"it says not of which stack": {change(func(t *Thing) { t.Stack = "" }), Unmarked},
		"it says not how old it is":  {change(func(t *Thing) { t.Created = time.Time{} }), Unmarked},
		"of a clock that runs ahead": {change(func(t *Thing) { t.Created = now.Add(time.Hour) }), Young},
		"production's, ours and old": {change(func(t *Thing) { t.Kind = "production"; t.Stack = "gone" }), Refused},
		"marked by hand in capitals": {change(func(t *Thing) { t.Backend = "OURS" }), Foreign},
	} {
		t.Run(name, func(t *testing.T) {
			r := consider(c.thing, "ours", []string{"preview-pr-1"}, []string{"preview-pr-2"}, now)
			assert.Equal(t, c.want, r.Reason)
			assert.Equal(t, c.want == Orphan, r.orphan != nil)
		})
	}
	assert.Equal(t, Unmarked, consider(good, "", nil, nil, now).Reason, "a sweeper that knows not who it is takes nothing")
}

func TestMarksOfTags(t *testing.T) {
	m := marks([]string{"web", "odooops:kind:preview", "Odooops:Created:20300102T030405Z", "odooops:backend:1-2"})
	assert.Equal(t, "preview", m["kind"])
	assert.Equal(t, now, age(m["created"]))
	assert.Equal(t, now, age("2030-01-02T03:04:05Z"))
	assert.True(t, age("yesterday").IsZero())
}
