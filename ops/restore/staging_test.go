package restore

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/generation"
	"github.com/odooops/odooops/stacks/config"
)

func now() time.Time { return time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC) }

// generations is a host that keeps what it is told.
type generations struct {
	did     []string
	listing generation.Listing
	got     string
	own     generation.Own
	fail    map[string]error
}

func (g *generations) did1(what string) error {
	g.did = append(g.did, what)
	return g.fail[what]
}

func (g *generations) List(context.Context) (generation.Listing, error) { return g.listing, nil }
func (g *generations) Prepare(context.Context, generation.Making) (generation.Prepared, error) {
	return generation.Prepared{ID: "gen-0002"}, g.did1("prepare")
}

func (g *generations) Receive(_ context.Context, id, _ string, r io.Reader, _ func(string)) error {
	text, err := io.ReadAll(r)
	g.got = string(text)
	return errors.Join(err, g.did1("receive "+id))
}

func (g *generations) Adopt(_ context.Context, id, _ string, own generation.Own, _ func(string)) error {
	g.own = own
	return g.did1("adopt " + id)
}

func (g *generations) Finish(_ context.Context, id string, _ generation.Generation) error {
	return g.did1("finish " + id)
}

func (g *generations) Flip(_ context.Context, id string, containers []string, _ func(string)) (generation.Flipped, error) {
	return generation.Flipped{}, g.did1("flip " + id + " " + strings.Join(containers, ","))
}
func (g *generations) Discard(_ context.Context, id string) error { return g.did1("discard " + id) }
func (g *generations) Retire(context.Context, int) ([]string, error) {
	return nil, g.did1("retire")
}

func stagingOn(g *generations, smoke error) *Staging {
	g.listing.Current = "gen-0001"
	return &Staging{
		Stack: "staging", Key: "k", Host: g, PostgresPassword: "p", DatabasePassword: "d",
		Out: config.OdooOutputs{
			Database: "odoo", Images: config.Images{Odoo: "odoo@1", Postgres: "postgres@1"},
			Containers: map[string]string{"odoo": "staging-odoo", "postgres": "staging-postgres", "edge": "staging-edge"},
		},
		Smoke: func(context.Context) error { return smoke },
	}
}

func publication(text string, err error) Publication {
	return Publication{Stream: func(_ context.Context, to Writer) error {
		_, _ = io.WriteString(to, text)
		return err
	}}
}

const both = " staging-postgres,staging-odoo"

func hush(string) {}

func TestAStagingTakesAGenerationAndMakesItItsOwnBeforeItIsServed(t *testing.T) {
	g := &generations{}
	s := stagingOn(g, nil)
	require.NoError(t, s.Check(t.Context()))
	id, err := s.Publish(t.Context(), publication("rows", nil), hush)
	require.NoError(t, err)
	require.NoError(t, s.Switch(t.Context(), id, hush))
	require.NoError(t, s.Answer(t.Context(), id, hush))
	assert.Equal(t, []string{"prepare", "receive gen-0002", "adopt gen-0002", "finish gen-0002", "flip gen-0002" + both, "retire"}, g.did)
	assert.Equal(t, "rows", g.got)
	assert.Equal(t, generation.Own{Database: "odoo", User: "odoo", Password: "d", PostgresPassword: "p"}, g.own)
}

func TestAGenerationThatCameToNothingIsRemoved(t *testing.T) {
	for name, p := range map[string]Publication{"sender": publication("ro", errors.New("broken")), "receiver": publication("rows", nil)} {
		g := &generations{fail: map[string]error{}}
		if name == "receiver" {
			g.fail["adopt gen-0002"] = errors.New("no cluster")
		}
		_, err := stagingOn(g, nil).Publish(t.Context(), p, hush)
		require.Error(t, err, name)
		assert.Equal(t, "discard gen-0002", g.did[len(g.did)-1], name)
		assert.NotContains(t, g.did, "finish gen-0002", name)
	}
}

func TestAStagingThatDoesNotPassGoesBackToItsOldData(t *testing.T) {
	g := &generations{}
	s := stagingOn(g, errors.New("no login page"))
	require.NoError(t, s.Check(t.Context()))
	err := s.Answer(t.Context(), "gen-0002", hush)
	require.ErrorContains(t, err, "no login page")
	assert.Equal(t, []string{"flip gen-0001" + both, "discard gen-0002"}, g.did)
}

func TestASwitchThatAKillLeftHalfMadeIsTakenBackFirst(t *testing.T) {
	g := &generations{}
	g.listing.Interrupted = &generation.Switch{From: "gen-0001", To: "gen-0002"}
	s := stagingOn(g, nil)
	require.NoError(t, s.Check(t.Context()))
	assert.Equal(t, []string{"flip gen-0001" + both}, g.did)
}
