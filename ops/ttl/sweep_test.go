package ttl

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
)

// memory is a backend.
type memory struct {
	check  error
	tags   map[string]map[string]string
	locked []string
}

func (m memory) Check(context.Context, config.Zone, string) error { return m.check }

func (m memory) Stacks(context.Context) ([]string, error) {
	var names []string
	for name := range m.tags {
		names = append(names, name)
	}
	return names, nil
}

func (m memory) Tags(_ context.Context, stack string) (map[string]string, error) {
	return m.tags[stack], nil
}

func (m memory) SetTags(_ context.Context, stack string, tags map[string]string) error {
	for k, v := range tags {
		m.tags[stack][k] = v
	}
	return nil
}

func (m memory) Locked(context.Context) ([]string, error) { return m.locked, nil }

type pile struct {
	things  []Thing
	err     error
	removed *[]string
}

func (p pile) Name() string                            { return "the pile" }
func (p pile) Things(context.Context) ([]Thing, error) { return p.things, p.err }
func (p pile) Remove(_ context.Context, t Thing) error {
	*p.removed = append(*p.removed, t.What)
	return nil
}

func options(b memory) Options {
	return Options{
		Zone: config.Previews, Backend: b, BackendID: "ours", HostStack: "preview-host", Parallel: 4, Now: now,
		Kind: func(string) string { return "" }, Say: func(string) {},
		Destroy: func(context.Context, string) error { return nil },
	}
}

func TestOneFailureDoesNotKeepTheOthersAndTheSweepFails(t *testing.T) {
	over := ends(now.Add(-time.Hour))
	o := options(memory{tags: map[string]map[string]string{
		"preview-host": nil, "preview-pr-1": over, "preview-pr-2": over, "preview-pr-3": over,
	}})
	o.Destroy = func(_ context.Context, stack string) error {
		switch stack {
		case "preview-pr-1":
			return errors.New("no")
		case "preview-pr-2":
			return workspace.ErrLocked
		}
		return nil
	}
	r, err := Sweep(t.Context(), o)
	assert.ErrorContains(t, err, "1 could not be removed")
	assert.Equal(t, []int{1, 1, 1}, []int{r.Removed, r.Locked, r.Failed})
}

func TestASourceThatCantBeAskedFailsTheSweepAndKeepsNoOtherFromIt(t *testing.T) {
	o := options(memory{tags: map[string]map[string]string{"preview-host": nil}})
	var removed []string
	old := now.Add(-2 * time.Hour)
	o.Sources = []Source{
		pile{err: errors.New("away"), removed: &removed},
		pile{removed: &removed, things: []Thing{
			{What: "network", Stack: "preview-pr-1", Kind: "preview", Backend: "ours", Created: old},
			{What: "container", Stack: "preview-pr-1", Kind: "preview", Backend: "ours", Created: old},
		}},
	}
	_, err := Sweep(t.Context(), o)
	assert.ErrorContains(t, err, "away")
	assert.Equal(t, []string{"container", "network"}, removed, "in the order that lets them go")
}

func TestAnOrphanWhoseStackIsMadeMeanwhileIsLeft(t *testing.T) {
	m := memory{tags: map[string]map[string]string{"preview-host": nil, "preview-pr-1": ends(now.Add(-time.Hour))}}
	o := options(m)
	o.Destroy = func(context.Context, string) error {
		m.tags["preview-pr-2"] = ends(now.Add(time.Hour)) // somebody's up, while this takes its time
		return nil
	}
	var removed []string
	o.Sources = []Source{pile{removed: &removed, things: []Thing{
		{What: "container", Stack: "preview-pr-2", Kind: "preview", Backend: "ours", Created: now.Add(-2 * time.Hour)},
	}}}
	_, err := Sweep(t.Context(), o)
	require.NoError(t, err)
	assert.Empty(t, removed)
}

func TestABackendThatMayBeAnotherRemovesNothing(t *testing.T) {
	for name, change := range map[string]func(*Options, *memory){
		"foreign or unreadable": func(_ *Options, m *memory) { m.check = errors.New("not ours") },
		"empty of the host":     func(_ *Options, m *memory) { delete(m.tags, "preview-host") },
		"no id of our own":      func(o *Options, _ *memory) { o.BackendID = "" },
	} {
		t.Run(name, func(t *testing.T) {
			m := memory{tags: map[string]map[string]string{"preview-host": nil, "preview-pr-1": ends(now.Add(-time.Hour))}}
			o := options(m)
			change(&o, &m)
			o.Backend = m
			o.Destroy = func(context.Context, string) error {
				t.Error("destroyed something")
				return nil
			}
			r, err := Sweep(t.Context(), o)
			require.Error(t, err)
			assert.Contains(t, err.Error(), "nothing was removed")
			assert.Zero(t, r.Removed)
		})
	}
}

func TestAnExtensionBeginsAtTheEndOrNow(t *testing.T) {
	m := memory{tags: map[string]map[string]string{
		"preview-pr-1": ends(now.Add(time.Hour)), "preview-pr-2": ends(now.Add(-time.Hour)), "preview-pr-3": {index.ExpiresAt: "soon"},
		"preview-host": {},
	}}
	for stack, want := range map[string]time.Time{
		"preview-pr-1": now.Add(3 * time.Hour), "preview-pr-2": now.Add(2 * time.Hour), "preview-pr-3": now.Add(2 * time.Hour),
	} {
		e, err := Extend(t.Context(), m, config.Previews, "preview", stack, 2*time.Hour, now, false)
		require.NoError(t, err)
		assert.Equal(t, want.Format(time.RFC3339), e.To, stack)
		assert.Equal(t, e.To, m.tags[stack][index.ExpiresAt])
	}
	_, err := Extend(t.Context(), m, config.Previews, "preview-host", "preview-host", time.Hour, now, false)
	assert.Error(t, err)
	_, err = Extend(t.Context(), m, config.Previews, "preview", "preview-pr-9", time.Hour, now, false)
	assert.ErrorContains(t, err, "no such stack")
	_, err = Extend(t.Context(), m, config.Previews, "preview", "preview-pr-1", 14*24*time.Hour, now, false)
	assert.ErrorContains(t, err, "at the latest", "nothing lives for ever by being extended")
	assert.ErrorContains(t, err, "at most 333h")
	assert.Equal(t, now.Add(3*time.Hour).Format(time.RFC3339), m.tags["preview-pr-1"][index.ExpiresAt], "it ends when it did")
}
